#include "core/base/fault_point.h"

#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

absl::Status PassBy() {
  DV_FAULT_POINT("here");
  return absl::OkStatus();
}

TEST_CASE("a fault point does nothing until a test asks for it, and not after", "[base][fault]") {
  REQUIRE_OK(PassBy());
  {
    const ScopedFault fault("here", [] { return absl::InternalError("asked for"); });
    CHECK_STATUS(PassBy(), absl::StatusCode::kInternal, "asked for");
  }
  REQUIRE_OK(PassBy());
}

TEST_CASE("a fault of another name does not matter", "[base][fault]") {
  const ScopedFault fault("there", [] { return absl::InternalError("asked for"); });
  REQUIRE_OK(PassBy());
  CHECK(DV_FAULT_POINT_FAILS("there"));
  CHECK_FALSE(DV_FAULT_POINT_FAILS("here"));
}

}  // namespace
}  // namespace deepvision
