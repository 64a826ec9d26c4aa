#include "core/activation/histogram.h"

#include <vector>

#include "tests/core/activation/references.h"
#include "tests/core/activation/tensors.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

TEST_CASE("a layer has one histogram over all channels", "[activation][histogram]") {
  const auto values = Reference<float>("histogram.normal.values");
  const auto counts = Reference<uint16_t>("histogram.normal.16.counts");
  const at::Tensor layer =
      TensorOf(values, {1, 5, 20, 30}).contiguous(at::MemoryFormat::ChannelsLast);
  const auto histograms = LayerHistograms(layer, DataKind::kFeatureMap, false, 16);
  REQUIRE_OK(histograms);
  REQUIRE(histograms->size() == 1);
  CHECK(!histograms->front().channel.has_value());
  CHECK(histograms->front().counts == std::vector<uint64_t>(counts.begin(), counts.end()));
}

TEST_CASE("a layer has one histogram per channel, of its kind's channels",
          "[activation][histogram]") {
  const at::Tensor value = TensorOf<float>({0, 10, 1, 30, 0, 20}, {1, 3, 2});
  const auto tokens = LayerHistograms(value, DataKind::kTokens, true, 2);
  REQUIRE_OK(tokens);
  REQUIRE(tokens->size() == 2);
  CHECK(tokens->at(1).channel == 1);
  CHECK(tokens->at(0).counts == std::vector<uint64_t>{2, 1});
  CHECK(tokens->at(1).edges == std::vector<double>{10, 20, 30});
  CHECK(LayerHistograms(value, DataKind::kOther, true, 2)->size() == 3);
}

TEST_CASE("weights have histograms per output channel, in their own number type",
          "[activation][histogram]") {
  const auto weight = WeightHistograms(TensorOf<double>({0.1, 0.7, 5, 6}, {2, 2}), true, 2);
  REQUIRE_OK(weight);
  REQUIRE(weight->size() == 2);
  CHECK(weight->at(0).edges.front() == 0.1);
  CHECK(weight->at(1).edges == std::vector<double>{5, 5.5, 6});
}

TEST_CASE("a scalar parameter has one histogram", "[activation][histogram]") {
  const auto histograms = WeightHistograms(TensorOf<float>({2}, {}), true, 2);
  REQUIRE_OK(histograms);
  CHECK(histograms->at(0).edges == std::vector<double>{1.5, 2, 2.5});
}

TEST_CASE("too few and too many bins are refused", "[activation][histogram]") {
  const at::Tensor value = TensorOf<float>({1, 2}, {1, 2});
  for (const int bins : {-1, 0, 1, 1025}) {
    CHECK_STATUS(LayerHistograms(value, DataKind::kVector, false, bins),
                 absl::StatusCode::kInvalidArgument, "bins");
  }
}

}  // namespace
}  // namespace deepvision
