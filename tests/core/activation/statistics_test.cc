#include "core/activation/statistics.h"

#include <limits>
#include <vector>

#include "tests/core/activation/references.h"
#include "tests/support/catch.h"

namespace deepvision {
namespace {

TEST_CASE("statistics equal NumPy's in float64 over the finite values",
          "[activation][statistics]") {
  const auto values = Reference<float>("statistics.values");
  const auto expected = Reference<float>("statistics.expected");
  for (size_t channel = 0; channel < 4; ++channel) {
    const ChannelStatistics statistics = StatisticsOf(values.data() + channel * 400, 400);
    const float* const numpy = expected.data() + channel * 5;
    CHECK(statistics.minimum == numpy[0]);
    CHECK(statistics.maximum == numpy[1]);
    CHECK(statistics.mean == Approx(numpy[2]).epsilon(1e-6));
    CHECK(statistics.standard_deviation == Approx(numpy[3]).epsilon(1e-6));
    CHECK(statistics.positive_fraction == numpy[4]);
  }
}

TEST_CASE("a constant far from zero has deviation 0", "[activation][statistics]") {
  const std::vector<float> values(1000, 123456.7f);
  const ChannelStatistics statistics = StatisticsOf(values.data(), values.size());
  CHECK(statistics.mean == 123456.7f);
  CHECK(statistics.standard_deviation == 0);
  CHECK(statistics.positive_fraction == 1);
}

TEST_CASE("a channel without finite values has zeros", "[activation][statistics]") {
  const std::vector<float> values(3, std::numeric_limits<float>::quiet_NaN());
  const ChannelStatistics statistics = StatisticsOf(values.data(), values.size());
  CHECK(statistics.minimum == 0);
  CHECK(statistics.maximum == 0);
  CHECK(statistics.mean == 0);
  CHECK(statistics.standard_deviation == 0);
  CHECK(statistics.positive_fraction == 0);
}

}  // namespace
}  // namespace deepvision
