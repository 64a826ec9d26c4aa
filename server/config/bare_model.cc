#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/config/manifests.h"

namespace deepvision {
namespace {

namespace fs = std::filesystem;

// "My Net.v2.pt" -> "my-net-v2"
std::string IdFromFileName(const std::string& stem) {
  std::string id;
  for (char c : stem) {
    const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
    const bool keep = absl::ascii_isalnum(static_cast<unsigned char>(lower)) || lower == '_';
    if (keep && !(id.empty() && lower == '_')) id.push_back(lower);
    if (!keep && !id.empty() && id.back() != '-') id.push_back('-');
    if (id.size() == 64) break;
  }
  while (!id.empty() && id.back() == '-') id.pop_back();
  return id.empty() ? "model" : id;
}

}  // namespace

absl::StatusOr<NetworkManifest> DescribeBareModel(const std::string& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) {
    return absl::NotFoundError(
        absl::StrCat("--model=", file, ": there is no such file; name a TorchScript file"));
  }
  NetworkManifest manifest;
  manifest.id = IdFromFileName(fs::path(file).stem().string());
  manifest.title = fs::path(file).filename().string();
  manifest.model_file = fs::absolute(file).lexically_normal().string();
  manifest.preprocessing.guessed = true;
  return manifest;
}

}  // namespace deepvision
