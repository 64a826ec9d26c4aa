#include <google/protobuf/text_format.h>

#include <limits>

#include "core/api/error.h"
#include "server/convert/activation_convert.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

absl::StatusOr<ActivationQuery> Convert(const std::string& text) {
  v1::StreamActivationsRequest request;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &request));
  return FromProto(std::move(request));
}

const std::string kGood = "network: 'net' input { zeros: true } ";

struct BadRequest {
  const char* text;
  const char* field;
  const char* advice;
};

TEST_CASE("every bad field of StreamActivations is named with what to do", "[server][convert]") {
  const auto [text, field, advice] = GENERATE(values<BadRequest>({
      {"layers { pattern: '' }", "layers[0].pattern", "StreamTopology"},
      {"layers { pattern: 'a' } layers { pattern: 'b' range: VALUE_RANGE_FIXED }",
       "layers[1].fixed_range", "minimum and maximum"},
      {"layers { pattern: 'a' fixed_range { minimum: 0 maximum: 1 } }", "layers[0].fixed_range",
       "VALUE_RANGE_FIXED"},
      {"layers { pattern: 'a' range: VALUE_RANGE_FIXED fixed_range { minimum: 1 maximum: 1 } }",
       "layers[0].fixed_range", "below maximum"},
      {"layers { pattern: 'a' range: VALUE_RANGE_FIXED fixed_range { minimum: 0 maximum: inf } }",
       "layers[0].fixed_range", "finite"},
      {"layers { pattern: 'a' range: VALUE_RANGE_FIXED fixed_range { minimum: nan maximum: 1 } }",
       "layers[0].fixed_range", "finite"},
      {"layers { pattern: 'a' max_side: 16385 }", "layers[0].max_side", "1 to 16384"},
      {"layers { pattern: 'a' channels: [1, 4294967295] }", "layers[0].channels[1]", "0 to"},
      {"layers { pattern: 'a' encoding: 77 }", "layers[0].encoding", "this server's protos"},
      {"layers { pattern: 'a' range: 77 }", "layers[0].range", "this server's protos"},
      {"layers { pattern: 'a' range: VALUE_RANGE_SMOOTHED }", "layers[0].range", "LiveActivations"},
      {"defaults { range: VALUE_RANGE_SMOOTHED }", "defaults.range", "LiveActivations"},
      {"defaults { pattern: 'a' }", "defaults.pattern", "layers"},
      {"defaults { channels: 1 }", "defaults.channels", "layers"},
      {"defaults { max_side: 99999 }", "defaults.max_side", "1 to 16384"},
      {"defaults { range: VALUE_RANGE_FIXED }", "defaults.fixed_range", "minimum and maximum"},
      {"layout: ACTIVATION_LAYOUT_ATLAS", "defaults.encoding", "UINT8 or PNG"},
      {"layout: ACTIVATION_LAYOUT_ATLAS defaults { encoding: ACTIVATION_ENCODING_UINT8 } "
       "layers { pattern: 'a' encoding: ACTIVATION_ENCODING_FLOAT16 }",
       "layers[0].encoding", "UINT8 or PNG"},
      {"layout: 9", "layout", "this server's protos"},
      {"atlas { gutter: 1 }", "atlas", "ACTIVATION_LAYOUT_ATLAS"},
      {"layout: ACTIVATION_LAYOUT_ATLAS atlas { gutter: 17 }", "atlas.gutter", "0 to 16"},
      {"layout: ACTIVATION_LAYOUT_ATLAS atlas { max_sheet_side: 63 }", "atlas.max_sheet_side",
       "64 to 16384"},
      {"row_order: ROW_ORDER_BOTTOM_UP defaults { encoding: ACTIVATION_ENCODING_PNG }", "row_order",
       "TOP_DOWN"},
      {"row_order: 5", "row_order", "this server's protos"},
      {"numerics: 42", "numerics", "this server's protos"},
      {"expected_digest: 'abc'", "expected_digest", "64 hexadecimal"},
  }));
  const auto query = Convert(kGood + text);
  INFO(text);
  CHECK_STATUS(query, absl::StatusCode::kInvalidArgument, std::string(field) + ": ");
  CHECK_STATUS(query, absl::StatusCode::kInvalidArgument, advice);
  CHECK(GetErrorDetails(query.status()).metadata.at("field") == field);
}

TEST_CASE("a request without network or input names them", "[server][convert]") {
  CHECK_STATUS(Convert("input { zeros: true }"), absl::StatusCode::kInvalidArgument, "network: ");
  CHECK_STATUS(Convert("network: 'net'"), absl::StatusCode::kInvalidArgument, "input: is not set");
  CHECK_STATUS(Convert("network: '" + std::string(65, 'n') + "' input { zeros: true }"),
               absl::StatusCode::kInvalidArgument, "network: is 65 bytes");
}

TEST_CASE("selections take what they do not say from the defaults", "[server][convert]") {
  const auto query =
      Convert(kGood +
              "defaults { encoding: ACTIVATION_ENCODING_UINT8 range: VALUE_RANGE_FIXED "
              "           fixed_range { minimum: -2 maximum: 3 } max_side: 32 } "
              "layers { pattern: 'a' } "
              "layers { pattern: 'b' encoding: ACTIVATION_ENCODING_PNG range: VALUE_RANGE_CHANNEL "
              "         channels: [2, 0] max_side: 8 } "
              "layout: ACTIVATION_LAYOUT_ATLAS atlas { max_sheet_side: 512 gutter: 2 } "
              "include { statistics: true prediction: true }");
  REQUIRE_OK(query);
  REQUIRE(query->layers.size() == 2);
  const EncodingOptions& a = query->layers[0].options;
  CHECK(a.encoding == ActivationEncoding::kUint8);
  CHECK(a.range == ValueRange::kFixed);
  CHECK(a.fixed_range.minimum == -2);
  CHECK(a.fixed_range.maximum == 3);
  CHECK(a.max_side == 32);
  CHECK(a.layout == ActivationLayout::kAtlas);
  CHECK(a.max_sheet_side == 512);
  CHECK(a.gutter == 2);
  CHECK(a.statistics);
  const EncodingOptions& b = query->layers[1].options;
  CHECK(b.encoding == ActivationEncoding::kPng);
  CHECK(b.range == ValueRange::kChannel);
  CHECK(b.channels == std::vector<int>{2, 0});
  CHECK(b.max_side == 8);
  CHECK(query->prediction);
}

TEST_CASE("an empty selection means FLOAT32 of all layers", "[server][convert]") {
  const auto query = Convert(kGood);
  REQUIRE_OK(query);
  CHECK(query->layers.empty());
  CHECK(query->defaults.encoding == ActivationEncoding::kFloat32);
  CHECK(query->defaults.range == ValueRange::kLayer);
  CHECK(query->defaults.max_sheet_side == 4096);
  CHECK(query->numerics == Numerics::kDefault);
  CHECK(std::holds_alternative<ZerosInput>(query->input));
}

TEST_CASE("a layer of its own encoding may be BOTTOM_UP beside PNG defaults", "[server][convert]") {
  CHECK(Convert(kGood +
                "row_order: ROW_ORDER_BOTTOM_UP defaults { encoding: ACTIVATION_ENCODING_PNG } "
                "layers { pattern: 'a' encoding: ACTIVATION_ENCODING_UINT8 }")
            .ok());
}

TEST_CASE("top_k is 10 unless it says otherwise, and at most 1000", "[server][convert]") {
  v1::ClassifyRequest request;
  request.set_network("net");
  request.mutable_input()->set_black(true);
  CHECK(FromProto(v1::ClassifyRequest(request))->top_k == 10);
  request.set_top_k(1000);
  CHECK(FromProto(v1::ClassifyRequest(request))->top_k == 1000);
  request.set_top_k(1001);
  CHECK_STATUS(FromProto(v1::ClassifyRequest(request)), absl::StatusCode::kInvalidArgument,
               "top_k: ");
}

TEST_CASE("a live configuration is a request without an input", "[server][convert]") {
  v1::LiveConfiguration configuration;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(
      "network: 'net' layers { pattern: 'a' range: VALUE_RANGE_SMOOTHED } "
      "defaults { encoding: ACTIVATION_ENCODING_UINT8 } include { prediction: true }",
      &configuration));
  const auto config = FromProto(configuration);
  REQUIRE_OK(config);
  CHECK(config->network == "net");
  CHECK(config->prediction);
  REQUIRE(config->layers.size() == 1);
  CHECK(config->layers[0].options.range == ValueRange::kSmoothed);
  CHECK(config->layers[0].options.encoding == ActivationEncoding::kUint8);
  configuration.mutable_layers(0)->set_max_side(99999);
  CHECK_STATUS(FromProto(configuration), absl::StatusCode::kInvalidArgument, "layers[0].max_side");
}

TEST_CASE("a wrong input of a live frame is told in the frame", "[server][convert]") {
  v1::LiveFrame message;
  message.set_frame_id(7);
  message.set_client_timestamp(-3);
  const LiveFrame frame = FromProto(std::move(message));
  CHECK(frame.id == 7);
  CHECK(frame.client_timestamp == -3);
  CHECK_STATUS(frame.input, absl::StatusCode::kInvalidArgument, "frame.input: is not set");
}

}  // namespace
}  // namespace deepvision
