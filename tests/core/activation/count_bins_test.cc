#include "core/activation/count_bins.h"

#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "tests/core/activation/references.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

template <typename Number>
void CheckEqualsNumPy(const std::string& name, int bins) {
  const std::string key = "histogram." + name + "." + std::to_string(bins);
  const auto values = Reference<Number>("histogram." + name + ".values");
  const auto counts = Reference<uint16_t>(key + ".counts");
  const auto edges = Reference<Number>(key + ".edges");
  const auto histogram = CountBins(values.data(), values.size(), bins);
  REQUIRE_OK(histogram);
  INFO(key);
  CHECK(histogram->counts == std::vector<uint64_t>(counts.begin(), counts.end()));
  CHECK(histogram->edges == std::vector<double>(edges.begin(), edges.end()));
}

TEST_CASE("counts and edges equal numpy.histogram's", "[activation][histogram]") {
  const std::string name = GENERATE(as<std::string>(), "normal", "relu", "edges", "tenths",
                                    "offset", "denormal", "constant", "two", "huge");
  const int bins = GENERATE(2, 16, 100, 1024);
  CheckEqualsNumPy<float>(name, bins);
}

TEST_CASE("float64 is counted in float64", "[activation][histogram]") {
  CheckEqualsNumPy<double>("double", 16);
}

TEST_CASE("NaN and infinities are counted apart", "[activation][histogram]") {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> values{0, std::numeric_limits<float>::quiet_NaN(), 1, infinity,
                                  -infinity};
  const auto histogram = CountBins(values.data(), values.size(), 2);
  REQUIRE_OK(histogram);
  CHECK(histogram->counts == std::vector<uint64_t>{1, 1});
  CHECK(histogram->nan_count == 1);
  CHECK(histogram->infinite_count == 2);
}

TEST_CASE("without finite values the edges are those of 0 to 1", "[activation][histogram]") {
  const auto histogram = CountBins(static_cast<const float*>(nullptr), 0, 4);
  REQUIRE_OK(histogram);
  CHECK(histogram->edges == std::vector<double>{0, 0.25, 0.5, 0.75, 1});
  CHECK(histogram->counts == std::vector<uint64_t>{0, 0, 0, 0});
}

// Where numpy.histogram raises ValueError for float32.
TEST_CASE("values that float32 cannot tell apart are counted in float64",
          "[activation][histogram]") {
  const float huge = std::numeric_limits<float>::max();
  for (const std::vector<float>& values :
       {std::vector<float>{1e10f, 1e10f}, {huge, huge}, {-huge, 0, huge}, {16777216, 16777218}}) {
    const auto histogram = CountBins(values.data(), values.size(), 1024);
    REQUIRE_OK(histogram);
    CHECK(std::accumulate(histogram->counts.begin(), histogram->counts.end(), uint64_t{0}) ==
          values.size());
    CHECK(histogram->edges.front() <= values.front());
    CHECK(histogram->edges.back() >= values.back());
  }
}

TEST_CASE("float64 values that are too far apart are refused", "[activation][histogram]") {
  const double huge = std::numeric_limits<double>::max();
  const std::vector<double> values{-huge, huge};
  CHECK_STATUS(CountBins(values.data(), values.size(), 16), absl::StatusCode::kFailedPrecondition,
               "too far apart");
}

}  // namespace
}  // namespace deepvision
