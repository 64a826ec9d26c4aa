#include "core/activation/plan_layer.h"

#include <cstdint>
#include <limits>

#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

EncodingOptions Options(ActivationEncoding encoding) {
  EncodingOptions options;
  options.encoding = encoding;
  return options;
}

TEST_CASE("the bytes of a layer follow from its shape", "[activation][plan]") {
  const Shape shape{64, 56, 28};
  CHECK(PlanLayer(shape, DataKind::kFeatureMap, {})->byte_count == 64u * 56 * 28 * 4);
  CHECK(
      PlanLayer(shape, DataKind::kFeatureMap, Options(ActivationEncoding::kFloat16))->byte_count ==
      64u * 56 * 28 * 2);
  CHECK(PlanLayer(shape, DataKind::kFeatureMap, Options(ActivationEncoding::kUint8))->byte_count ==
        64u * 56 * 28);
  CHECK(!PlanLayer(shape, DataKind::kFeatureMap, Options(ActivationEncoding::kPng))
             ->byte_count.has_value());
}

TEST_CASE("max_side reduces the longer side, keeps the aspect and never enlarges",
          "[activation][plan]") {
  EncodingOptions options;
  options.max_side = 10;
  CHECK(PlanLayer({3, 25, 100}, DataKind::kFeatureMap, options)->shape == Shape{3, 3, 10});
  CHECK(PlanLayer({3, 24, 100}, DataKind::kFeatureMap, options)->shape == Shape{3, 2, 10});
  CHECK(PlanLayer({3, 100, 1}, DataKind::kFeatureMap, options)->shape == Shape{3, 10, 1});
  CHECK(PlanLayer({3, 7, 10}, DataKind::kFeatureMap, options)->shape == Shape{3, 7, 10});
  CHECK(PlanLayer({500}, DataKind::kVector, options)->shape == Shape{500});
}

TEST_CASE("selected channels replace the channel dimension of each kind", "[activation][plan]") {
  EncodingOptions options;
  options.channels = {4, 0};
  CHECK(PlanLayer({5, 2, 3}, DataKind::kFeatureMap, options)->shape == Shape{2, 2, 3});
  CHECK(PlanLayer({5}, DataKind::kVector, options)->shape == Shape{2});
  CHECK(PlanLayer({197, 5}, DataKind::kTokens, options)->shape == Shape{197, 2});
  CHECK(PlanLayer({5, 9, 9}, DataKind::kOther, options)->shape == Shape{2, 9, 9});
}

TEST_CASE("a channel past the end is named with the number of channels", "[activation][plan]") {
  EncodingOptions options;
  options.channels = {0, 512};
  CHECK_STATUS(PlanLayer({512, 7, 7}, DataKind::kFeatureMap, options),
               absl::StatusCode::kOutOfRange, "channels: 512 is past the end; the layer has 512");
  CHECK_STATUS(PlanLayer({}, DataKind::kOther, options), absl::StatusCode::kOutOfRange, "has 0");
  options.channels = {-1};
  CHECK_STATUS(PlanLayer({512}, DataKind::kVector, options), absl::StatusCode::kOutOfRange, "-1");
}

TEST_CASE("a channel that is named twice is refused", "[activation][plan]") {
  EncodingOptions options;
  options.channels = {3, 1, 3};
  CHECK_STATUS(PlanLayer({5}, DataKind::kVector, options), kInvalid, "channels: 3 appears twice");
}

TEST_CASE("ATLAS needs codes, and values without height and width fall back to CHANNELS",
          "[activation][plan]") {
  EncodingOptions options;
  options.layout = ActivationLayout::kAtlas;
  CHECK_STATUS(PlanLayer({3, 4, 4}, DataKind::kFeatureMap, options), kInvalid, "layout: ATLAS");
  options.encoding = ActivationEncoding::kUint8;
  const auto map = PlanLayer({3, 4, 4}, DataKind::kFeatureMap, options);
  REQUIRE(map->sheet.has_value());
  CHECK(map->byte_count == 64u);
  const auto tokens = PlanLayer({10, 7}, DataKind::kTokens, options);
  CHECK(!tokens->sheet.has_value());
  CHECK(tokens->byte_count == 70u);
}

TEST_CASE("sheet limits are checked", "[activation][plan]") {
  EncodingOptions options = Options(ActivationEncoding::kUint8);
  options.layout = ActivationLayout::kAtlas;
  options.max_sheet_side = 63;
  CHECK_STATUS(PlanLayer({1, 4, 4}, DataKind::kFeatureMap, options), kInvalid, "max_sheet_side");
  options.max_sheet_side = 64;
  options.gutter = 17;
  CHECK_STATUS(PlanLayer({1, 4, 4}, DataKind::kFeatureMap, options), kInvalid, "gutter");
  options.gutter = 0;
  CHECK_STATUS(PlanLayer({1, 65, 4}, DataKind::kFeatureMap, options), kInvalid, "does not fit");
  options.max_side = 64;
  REQUIRE_OK(PlanLayer({1, 65, 4}, DataKind::kFeatureMap, options));
}

TEST_CASE("a range per channel is refused for a vector, but only where codes are made",
          "[activation][plan]") {
  EncodingOptions options = Options(ActivationEncoding::kUint8);
  options.range = ValueRange::kChannel;
  CHECK_STATUS(PlanLayer({10}, DataKind::kVector, options), kInvalid, "range: CHANNEL");
  options.encoding = ActivationEncoding::kFloat32;
  REQUIRE_OK(PlanLayer({10}, DataKind::kVector, options));
}

TEST_CASE("a fixed range must be finite and rising", "[activation][plan]") {
  EncodingOptions options = Options(ActivationEncoding::kUint8);
  options.range = ValueRange::kFixed;
  options.fixed_range = {1, 1};
  CHECK_STATUS(PlanLayer({10}, DataKind::kVector, options), kInvalid, "fixed_range");
  options.fixed_range = {0, std::numeric_limits<float>::infinity()};
  CHECK_STATUS(PlanLayer({10}, DataKind::kVector, options), kInvalid, "fixed_range");
  options.fixed_range = {-1, 1};
  REQUIRE_OK(PlanLayer({10}, DataKind::kVector, options));
}

TEST_CASE("PNG is refused where it makes no picture", "[activation][plan]") {
  EncodingOptions options = Options(ActivationEncoding::kPng);
  CHECK_STATUS(PlanLayer({2, 3, 4, 5}, DataKind::kOther, options), kInvalid, "encoding: PNG");
  CHECK_STATUS(PlanLayer({70000}, DataKind::kVector, options), kInvalid, "encoding");
  CHECK_STATUS(PlanLayer({0, 4, 4}, DataKind::kFeatureMap, options),
               absl::StatusCode::kFailedPrecondition, "empty");
  options.row_order = RowOrder::kBottomUp;
  CHECK_STATUS(PlanLayer({3, 4, 4}, DataKind::kFeatureMap, options), kInvalid, "row_order");
}

TEST_CASE("sizes that cannot be counted are refused before memory is taken", "[activation][plan]") {
  const int64_t huge = std::numeric_limits<int32_t>::max();
  CHECK_STATUS(PlanLayer({huge, huge, huge}, DataKind::kFeatureMap, {}),
               absl::StatusCode::kResourceExhausted, "too large");
  CHECK_STATUS(PlanLayer({huge + 1}, DataKind::kVector, {}), absl::StatusCode::kResourceExhausted,
               "too large");
  CHECK(ElementCount({huge, huge, huge}) == std::nullopt);
  CHECK(ElementCount({huge, huge, huge, 0}) == 0);
}

TEST_CASE("a marker has no data, and a shape must fit its kind", "[activation][plan]") {
  CHECK_STATUS(PlanLayer({}, DataKind::kNone, {}), absl::StatusCode::kFailedPrecondition,
               "no data");
  CHECK_STATUS(PlanLayer({3, 4}, DataKind::kFeatureMap, {}), absl::StatusCode::kInternal, "[3, 4]");
}

}  // namespace
}  // namespace deepvision
