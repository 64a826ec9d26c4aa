#include "server/convert/status_convert.h"

#include "core/api/error.h"
#include "tests/support/catch.h"
#include "tests/support/loopback_server.h"

namespace deepvision {
namespace {

TEST_CASE("an error carries reason, values, retry and resource", "[server][convert]") {
  const auto status =
      ToGrpcStatus(WithReason(absl::NotFoundError("layer \"x\": no such layer"), "LAYER_NOT_FOUND",
                              {{"network", "net"}, {"layer", "x"}}, absl::Milliseconds(1500)),
                   "id-1");
  CHECK(status.error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(status.error_message() == "layer \"x\": no such layer");
  const Details details = DetailsOf(status.error_details());
  CHECK(details.code == static_cast<int>(grpc::StatusCode::NOT_FOUND));
  REQUIRE(details.info);
  CHECK(details.info->domain() == "deepvision");
  CHECK(details.info->reason() == "LAYER_NOT_FOUND");
  CHECK(details.info->metadata().at("network") == "net");
  REQUIRE(details.retry);
  CHECK(details.retry->retry_delay().seconds() == 1);
  CHECK(details.retry->retry_delay().nanos() == 500000000);
  REQUIRE(details.resource);
  CHECK(details.resource->resource_type() == "layer");
  CHECK(details.resource->resource_name() == "x");
}

TEST_CASE("a field error becomes a field violation", "[server][convert]") {
  const Details details = DetailsOf(
      ToGrpcStatus(FieldError("layers[2].range", "is odd; use LAYER"), "i").error_details());
  REQUIRE(details.bad_request);
  REQUIRE(details.bad_request->field_violations_size() == 1);
  CHECK(details.bad_request->field_violations(0).field() == "layers[2].range");
  CHECK(details.bad_request->field_violations(0).description() == "is odd; use LAYER");
}

TEST_CASE("a text that begins with a path is about that field", "[server][convert]") {
  const auto fields = [](const absl::Status& status) {
    const Details details = DetailsOf(ToGrpcStatus(status, "i").error_details());
    return details.bad_request ? details.bad_request->field_violations(0).field() : "";
  };
  CHECK(fields(absl::InvalidArgumentError("input.pixels[2].data: is odd")) ==
        "input.pixels[2].data");
  CHECK(fields(absl::OutOfRangeError("range.first: is 9")) == "range.first");
  CHECK(fields(absl::InvalidArgumentError("The picture: is odd")).empty());
  CHECK(fields(absl::InvalidArgumentError("no path at all")).empty());
  CHECK(fields(absl::NotFoundError("network: is none")).empty());
}

TEST_CASE("our bugs show an id and nothing else", "[server][convert]") {
  for (absl::StatusCode code : {absl::StatusCode::kInternal, absl::StatusCode::kUnknown}) {
    const auto status = ToGrpcStatus(
        WithReason(absl::Status(code, "pointer 0xdead in /secret/path"), "X", {{"p", "/secret"}}),
        "call-77");
    CHECK(status.error_code() == grpc::StatusCode::INTERNAL);
    CHECK(status.error_message().find("call-77") != std::string::npos);
    CHECK(status.error_message().find("secret") == std::string::npos);
    CHECK(status.error_details().find("secret") == std::string::npos);
    CHECK(DetailsOf(status.error_details()).info->metadata().at("id") == "call-77");
  }
}

TEST_CASE("long texts are cut between characters", "[server][convert]") {
  std::string text;
  while (text.size() < 5000) text += "\xE2\x82\xAC";  // three bytes each
  const auto status = ToGrpcStatus(
      WithReason(absl::InvalidArgumentError(text), "LONG", {{"field", text}, {"more", text}}), "i");
  CHECK(status.error_message().size() <= 768);
  CHECK(status.error_message().size() % 3 == 0);  // whole characters and "..."
  // Base64 of the details and percent encoding of the message, within 8 KiB.
  CHECK(status.error_details().size() * 4 / 3 + status.error_message().size() * 3 < 7000);
}

TEST_CASE("every code keeps its meaning", "[server][convert]") {
  for (int code = 1; code <= 15; ++code) {
    const auto converted =
        ToGrpcStatus(absl::Status(static_cast<absl::StatusCode>(code), "text"), "i").error_code();
    const bool ours = code == 2;  // UNKNOWN is a bug too
    CHECK(static_cast<int>(converted) == (ours ? 13 : code));
  }
  CHECK(ToGrpcStatus(absl::OkStatus(), "i").ok());
}

}  // namespace
}  // namespace deepvision
