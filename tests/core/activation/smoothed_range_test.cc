#include "core/activation/smoothed_range.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <limits>

#include "core/activation/encode_layer.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

FiniteRange Seen(float minimum, float maximum) { return {minimum, maximum, 0, 0}; }

TEST_CASE("the first frame gives its own range", "[activation][smoothed]") {
  SmoothedRange smoothed;
  const CodeRange range = smoothed.Next(Seen(-1, 3));
  CHECK(range.minimum == -1);
  CHECK(range.maximum == 3);
  CHECK(range.holds_all);
}

TEST_CASE("a tenth of a change arrives with each frame, and values outside are told",
          "[activation][smoothed]") {
  SmoothedRange smoothed;
  smoothed.Next(Seen(0, 10));
  const CodeRange second = smoothed.Next(Seen(-10, 20));
  CHECK(second.minimum == -1);
  CHECK(second.maximum == 11);
  CHECK_FALSE(second.holds_all);
  const CodeRange third = smoothed.Next(Seen(0, 11));
  CHECK(third.minimum == Approx(-0.9));
  CHECK(third.maximum == 11);
  CHECK(third.holds_all);
}

TEST_CASE("after ten frames two thirds of a change have arrived", "[activation][smoothed]") {
  SmoothedRange smoothed;
  smoothed.Next(Seen(0, 1));
  CodeRange range;
  for (int i = 0; i < 10; ++i) range = smoothed.Next(Seen(0, 2));
  CHECK(range.maximum == Approx(2 - 0.3487).margin(1e-4));
}

TEST_CASE("a frame without finite values changes nothing", "[activation][smoothed]") {
  SmoothedRange smoothed;
  smoothed.Next(Seen(1, 2));
  FiniteRange nothing;
  nothing.nan_count = 7;
  const CodeRange range = smoothed.Next(nothing);
  CHECK(range.minimum == 1);
  CHECK(range.maximum == 2);
  CHECK_FALSE(range.holds_all);
}

TEST_CASE("a range without extent gives way to the next frame", "[activation][smoothed]") {
  SmoothedRange smoothed;
  const CodeRange constant = smoothed.Next(Seen(3, 3));
  CHECK(constant.minimum == 0);  // widened, so that +3 is not drawn as zero
  CHECK(constant.maximum == 3);
  CHECK(smoothed.Next(Seen(-5, 9)).minimum == -5);
}

TEST_CASE("the largest floats do not overflow", "[activation][smoothed]") {
  constexpr float kLargest = std::numeric_limits<float>::max();
  SmoothedRange smoothed;
  smoothed.Next(Seen(-kLargest, kLargest));
  const CodeRange range = smoothed.Next(Seen(kLargest, kLargest));
  CHECK(range.minimum == Approx(-0.8 * kLargest));
  CHECK(range.maximum == kLargest);
}

TEST_CASE("SMOOTHED codes use the remembered range, and need one", "[activation][smoothed]") {
  EncodingOptions options;
  options.encoding = ActivationEncoding::kUint8;
  options.range = ValueRange::kSmoothed;
  SmoothedRange smoothed;
  const at::Tensor first = at::tensor({0.0F, 10.0F}).view({1, 2});
  const at::Tensor second = at::tensor({0.0F, 20.0F}).view({1, 2});
  REQUIRE_OK(EncodeLayer(first, DataKind::kVector, options, &smoothed));
  const auto layer = EncodeLayer(second, DataKind::kVector, options, &smoothed);
  REQUIRE_OK(layer);
  REQUIRE(layer->quantization);
  CHECK(layer->quantization->range == ValueRange::kSmoothed);
  CHECK(layer->quantization->maximum == std::vector<float>{11});
  CHECK(layer->bytes.data()[1] == 255);  // clipped
  CHECK_STATUS(EncodeLayer(second, DataKind::kVector, options), absl::StatusCode::kInvalidArgument,
               "LiveActivations");
}

}  // namespace
}  // namespace deepvision
