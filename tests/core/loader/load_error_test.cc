#include "core/loader/load_error.h"

#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

TEST_CASE("an unknown operator is named", "[loader]") {
  CHECK_STATUS(LoadError("\nUnknown builtin op: torchvision::nms.\nCould not find any similar ops"),
               absl::StatusCode::kInvalidArgument, "operator torchvision::nms,");
}

TEST_CASE("a file that was optimised for inference says to save the plain module", "[loader]") {
  CHECK_STATUS(LoadError("required keyword attribute 'value' is undefined"),
               absl::StatusCode::kInvalidArgument, "save the plain module");
}

TEST_CASE("a truncated file, weights alone and damage are told apart", "[loader]") {
  CHECK_STATUS(LoadError("PytorchStreamReader failed reading zip archive: failed finding central "
                         "directory. This error can be caused by a truncated file"),
               absl::StatusCode::kInvalidArgument, "no TorchScript archive");
  CHECK_STATUS(LoadError("PytorchStreamReader failed locating file constants.pkl: file not found"),
               absl::StatusCode::kInvalidArgument, "weights but no code");
  CHECK_STATUS(LoadError("PytorchStreamReader failed reading file data/3: CRC-32 check failed"),
               absl::StatusCode::kDataLoss, "damaged");
}

}  // namespace
}  // namespace deepvision
