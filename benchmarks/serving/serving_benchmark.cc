// The real server, a process of its own, as its clients see it:
//
//   serving_benchmark --server=FILE --bare_forward=FILE --models=FILE,… [CASE …]
//
// Cases: network, first_layer, calls, neighbour, clients, queue; default: all.
#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "benchmarks/serving/cases.h"
#include "benchmarks/serving/server_under_test.h"
#include "benchmarks/support/report.h"
#include "core/base/status_macros.h"

ABSL_FLAG(std::string, server, "deepvision_server", "the server's program");
ABSL_FLAG(std::string, bare_forward, "bare_forward", "the program that runs a network alone");
ABSL_FLAG(std::vector<std::string>, models, {}, "TorchScript files, separated by commas");

namespace deepvision {
namespace {

using Case = absl::Status (*)(ServerUnderTest&, const std::string&);

const std::vector<std::pair<std::string, Case>>& Cases() {
  static const auto& cases = *new std::vector<std::pair<std::string, Case>>{
      {"network", MeasureNetwork},  {"first_layer", MeasureFirstLayer},
      {"calls", MeasureSmallCalls}, {"neighbour", MeasureNeighbour},
      {"clients", MeasureClients},  {"queue", MeasureFullQueue}};
  return cases;
}

// "resnet18" of "folder/resnet18.pt".
std::string NameOf(const std::string& path) {
  const std::string file = path.substr(path.rfind('/') + 1);
  return file.substr(0, file.rfind('.'));
}

absl::Status MeasureModel(const std::string& model, const std::vector<std::string>& names) {
  DV_ASSIGN_OR_RETURN(const auto server,
                      ServerUnderTest::Start(
                          {absl::GetFlag(FLAGS_server), absl::GetFlag(FLAGS_bare_forward)}, model));
  for (const auto& [name, measure] : Cases()) {
    const bool asked = std::find(names.begin(), names.end(), name) != names.end();
    if (!names.empty() && !asked) continue;
    Say(absl::StrCat(name, " of ", model));
    if (const absl::Status status = measure(*server, NameOf(model)); !status.ok()) {
      return absl::Status(status.code(), absl::StrCat(name, ": ", status.message()));
    }
  }
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  const std::vector<char*> arguments = absl::ParseCommandLine(argc, argv);
  const std::vector<std::string> names(arguments.begin() + 1, arguments.end());
  int failed = 0;
  for (const std::string& model : absl::GetFlag(FLAGS_models)) {
    const absl::Status status = MeasureModel(model, names);
    if (status.ok()) continue;
    std::fprintf(stderr, "serving_benchmark: %s: %s\n", model.c_str(),
                 std::string(status.message()).c_str());
    ++failed;
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace deepvision

int main(int argc, char** argv) { return deepvision::Main(argc, argv); }
