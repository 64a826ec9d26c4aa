#include "core/visualization/unit_random.h"

#include <ATen/TensorOperators.h>

#include <set>

#include "tests/support/catch.h"

namespace deepvision {
namespace {

TEST_CASE("random numbers depend on every part of what they are of", "[visualization][random]") {
  const RandomKey key{7, 3, 1, 2, 5};
  std::set<uint32_t> first = {UnitRandom(key).Word()};
  for (const RandomKey& other :
       {RandomKey{8, 3, 1, 2, 5}, RandomKey{7, 4, 1, 2, 5}, RandomKey{7, 3, 2, 2, 5},
        RandomKey{7, 3, 1, 3, 5}, RandomKey{7, 3, 1, 2, 6}}) {
    first.insert(UnitRandom(other).Word());
  }
  CHECK(first.size() == 6);
  CHECK(UnitRandom(key).Word() == UnitRandom(key).Word());
  CHECK(UnitRandom(key).Normals({40}, at::kFloat).equal(UnitRandom(key).Normals({40}, at::kFloat)));
}

TEST_CASE("each number below a bound comes as often as any other", "[visualization][random]") {
  UnitRandom random({.seed = 1});
  std::vector<int> counts(5);
  for (int i = 0; i < 50000; ++i) ++counts.at(static_cast<size_t>(random.Below(5)));
  for (const int count : counts) CHECK(std::abs(count - 10000) < 400);
  CHECK(random.Below(1) == 0);
}

TEST_CASE("normal numbers have mean 0 and deviation 1", "[visualization][random]") {
  UnitRandom random({.seed = 1});
  double sum = 0;
  double square = 0;
  for (int i = 0; i < 20000; ++i) {
    const double x = random.Normal();
    sum += x;
    square += x * x;
  }
  CHECK(sum / 20000 == Approx(0).margin(0.03));
  CHECK(square / 20000 == Approx(1).margin(0.04));
  CHECK(random.Normals({20000}, at::kDouble).std().item<double>() == Approx(1).margin(0.03));
}

}  // namespace
}  // namespace deepvision
