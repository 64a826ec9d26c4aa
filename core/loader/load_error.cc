#include "core/loader/load_error.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace deepvision {
namespace {

// The word after `marker`, up to white space, a quote or a full stop at its end.
std::string WordAfter(const std::string& message, const std::string& marker) {
  const size_t begin = message.find(marker) + marker.size();
  const size_t end = message.find_first_of(" \n\t'\"", begin);
  return std::string(absl::StripSuffix(message.substr(begin, end - begin), "."));
}

absl::Status UnknownOperator(const std::string& name) {
  return absl::InvalidArgumentError(
      absl::StrCat("the file uses the operator ", name,
                   ", which is not available in this server; save the network without it"));
}

}  // namespace

absl::Status LoadError(const std::string& message) {
  for (const char* marker : {"Unknown builtin op: ", "Couldn't find an operator for ",
                             "Could not find any similar ops to "}) {
    if (absl::StrContains(message, marker)) return UnknownOperator(WordAfter(message, marker));
  }
  if (absl::StrContains(message, "required keyword attribute 'value' is undefined")) {
    return absl::InvalidArgumentError(
        "the file was saved after torch.jit.optimize_for_inference, which cannot be loaded again; "
        "save the plain module");
  }
  if (absl::StrContains(message, "failed finding central directory") ||
      absl::StrContains(message, "not a ZIP archive")) {
    return absl::InvalidArgumentError(
        "the file is no TorchScript archive, or only the beginning of one; save the network with "
        "torch.jit.script(model).save(…) or torch.jit.trace(model, example).save(…), and compare "
        "the size of the copy");
  }
  if (absl::StrContains(message, "file not found") && absl::StrContains(message, "constants.pkl")) {
    return absl::InvalidArgumentError(
        "the file holds weights but no code; save the network with torch.jit.script(model).save(…) "
        "or torch.jit.trace(model, example).save(…), not with torch.save");
  }
  if (absl::StrContains(message, "PytorchStreamReader")) {
    return absl::DataLossError("the file is damaged; copy or save it again");
  }
  return absl::InvalidArgumentError(
      absl::StrCat("LibTorch cannot open the file: ", message.substr(0, message.find('\n'))));
}

}  // namespace deepvision
