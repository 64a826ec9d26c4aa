#include "core/api/error.h"

#include <map>
#include <string>

#include "tests/support/catch.h"

namespace deepvision {
namespace {

TEST_CASE("a reason, its values and the retry hint come back as they were", "[api][error]") {
  const std::map<std::string, std::string> metadata = {
      {"network", "a=b"}, {"text", "two\nlines \"quoted\" \\ \xE2\x82\xAC"}, {"empty", ""}};
  const ErrorDetails details =
      GetErrorDetails(WithReason(absl::NotFoundError("no such network"), "NETWORK_NOT_FOUND",
                                 metadata, absl::Milliseconds(250)));
  CHECK(details.reason == "NETWORK_NOT_FOUND");
  CHECK(details.metadata == metadata);
  REQUIRE(details.retry_after.has_value());
  CHECK(*details.retry_after == absl::Milliseconds(250));
}

TEST_CASE("a reason leaves code and text alone", "[api][error]") {
  const absl::Status status = WithReason(absl::NotFoundError("no such network"), "X");
  CHECK(status.code() == absl::StatusCode::kNotFound);
  CHECK(status.message() == "no such network");
}

TEST_CASE("an error without a reason is named after its code", "[api][error]") {
  const ErrorDetails details = GetErrorDetails(absl::OutOfRangeError("index 7"));
  CHECK(details.reason == "OUT_OF_RANGE");
  CHECK(details.metadata.empty());
  CHECK_FALSE(details.retry_after.has_value());
}

TEST_CASE("an OK status takes no reason", "[api][error]") {
  CHECK(WithReason(absl::OkStatus(), "X") == absl::OkStatus());
}

}  // namespace
}  // namespace deepvision
