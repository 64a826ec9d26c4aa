#include "server/lifecycle/spinning.h"

#include <unistd.h>

#include <cstdlib>

namespace deepvision {
namespace {

// Some tens of microseconds: as long as operators are apart. The ADR has the figures.
constexpr char kSpinCount[] = "30000";

}  // namespace

void LimitSpinning(char** argv) {
  if (getenv("OMP_WAIT_POLICY") != nullptr || getenv("GOMP_SPINCOUNT") != nullptr) return;
  if (setenv("GOMP_SPINCOUNT", kSpinCount, /*overwrite=*/1) != 0) return;
  execv("/proc/self/exe", argv);
}

}  // namespace deepvision
