#include "core/engine/nearest_ids.h"

#include "core/api/error.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

TEST_CASE("the nearest ids come first", "[engine]") {
  const std::vector<std::string> ids = {"vgg16", "resnet50", "resnet18"};
  CHECK(NearestIds("resnet8", ids, 2) == std::vector<std::string>{"resnet18", "resnet50"});
}

TEST_CASE("an unknown id is answered with the nearest ones and a reason", "[engine]") {
  const absl::Status status =
      UnknownId("network", "restnet18", {"vgg16", "resnet18"}, "X_NOT_FOUND");
  CHECK_STATUS(status, absl::StatusCode::kNotFound, "the nearest are \"resnet18\", \"vgg16\"");
  CHECK(GetErrorDetails(status).reason == "X_NOT_FOUND");
  CHECK(GetErrorDetails(status).metadata.at("network") == "restnet18");
}

TEST_CASE("an id of a megabyte is cut before it is compared or repeated", "[engine]") {
  const absl::Status status = UnknownId("layer", std::string(1 << 20, 'x'), {"a"}, "X");
  CHECK(status.message().size() < 300);
}

}  // namespace
}  // namespace deepvision
