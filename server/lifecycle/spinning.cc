#include "server/lifecycle/spinning.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace deepvision {
namespace {

// Some tens of microseconds: as long as operators are apart. The ADR has the figures.
constexpr char kSpinCount[] = "30000";

}  // namespace

void LimitSpinning(char** argv) {
  if (getenv("OMP_WAIT_POLICY") != nullptr || getenv("GOMP_SPINCOUNT") != nullptr) return;
  if (setenv("GOMP_SPINCOUNT", kSpinCount, /*overwrite=*/1) != 0) return;
  // By its own name, which is what operators see in a list of processes.
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) execv(self.c_str(), argv);
  execv("/proc/self/exe", argv);
}

}  // namespace deepvision
