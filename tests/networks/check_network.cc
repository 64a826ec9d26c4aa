// check_network INDEX…: compares TorchScript files with their references (see
// make_references.py) and prints one line for each with its problems, and how
// many passed. Exits with 1 when one failed.
#include <cstdio>
#include <filesystem>
#include <string>

#include "tests/networks/network_check.h"

namespace {

using deepvision::NetworkReport;
using deepvision::Tally;

// "resnet18/script" of ".../resnet18/script.index".
std::string NameOf(const std::filesystem::path& index) {
  return (index.parent_path().filename() / index.stem()).string();
}

void PrintTally(const char* what, const Tally& tally) {
  std::printf("  %s %4d (%4d bitwise) %.1e", what, tally.compared, tally.bitwise, tally.worst);
}

void Print(const std::string& name, const NetworkReport& report) {
  std::printf("%-4s %-44s", report.problems.empty() ? "ok" : "FAIL", name.c_str());
  PrintTally("modules", report.modules);
  PrintTally("outputs", report.outputs);
  PrintTally("gradients", report.gradients);
  std::printf("  cases %d graphs %d not stored %d  open %.0f ms\n", report.cases, report.graphs,
              report.not_stored, report.open_ms);
  if (!report.first_rounded.empty()) {
    std::printf("       rounds differently from \"%s\" on\n", report.first_rounded.c_str());
  }
  constexpr size_t kShown = 8;
  for (size_t i = 0; i < report.problems.size() && i < kShown; ++i) {
    std::printf("       %s\n", report.problems[i].c_str());
  }
  if (report.problems.size() > kShown) {
    std::printf("       … and %zu more\n", report.problems.size() - kShown);
  }
  std::fflush(stdout);
}

bool Check(const std::string& index) {
  const auto reference = deepvision::ReadReference(index);
  if (!reference.ok()) {
    std::printf("FAIL %s: %s\n", index.c_str(), reference.status().ToString().c_str());
    return false;
  }
  const NetworkReport report = deepvision::CheckNetwork(*reference);
  Print(NameOf(index), report);
  return report.problems.empty();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: check_network INDEX…\n");
    return 2;
  }
  int passed = 0;
  for (int i = 1; i < argc; ++i) passed += Check(argv[i]) ? 1 : 0;
  const int failed = argc - 1 - passed;
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
