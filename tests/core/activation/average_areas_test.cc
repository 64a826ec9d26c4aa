#include "core/activation/average_areas.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/core/activation/references.h"
#include "tests/support/catch.h"

namespace deepvision {
namespace {

TEST_CASE("areas are averaged with exact shares", "[activation][average_areas]") {
  const std::string name = GENERATE(as<std::string>(), "integral", "fractional", "narrow");
  const auto values = Reference<float>("areas." + name + ".values");
  const auto expected = Reference<float>("areas." + name + ".reduced");
  const auto& from = FindReference("areas." + name + ".values").shape;
  const auto& to = FindReference("areas." + name + ".reduced").shape;
  std::vector<float> reduced(expected.size());
  AverageAreas(values.data(), from[0], {from[1], from[2]}, {to[1], to[2]}, reduced.data());
  for (size_t i = 0; i < expected.size(); ++i) {
    CHECK(reduced[i] == Approx(expected[i]).margin(1e-6));
  }
}

TEST_CASE("a map of the same size stays as it is", "[activation][average_areas]") {
  const std::vector<float> map{1, 2, 3, 4, 5, 6};
  std::vector<float> same(6);
  AverageAreas(map.data(), 1, {2, 3}, {2, 3}, same.data());
  CHECK(same == map);
}

TEST_CASE("a NaN spreads only to the pixels that it is part of", "[activation][average_areas]") {
  std::vector<float> map(64, 1.0f);
  map[9] = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> reduced(16);
  AverageAreas(map.data(), 1, {8, 8}, {4, 4}, reduced.data());
  CHECK(std::isnan(reduced[0]));
  for (size_t i = 1; i < 16; ++i) CHECK(reduced[i] == 1);
}

}  // namespace
}  // namespace deepvision
