// References are NumPy's, see tests/data/make_noise_references.py.
#include "core/dataset/noise.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "core/dataset/philox.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_data.h"

namespace deepvision {
namespace {

std::vector<float> Noise(const std::string& id, uint64_t seed, size_t count) {
  const auto generator = FindNoiseGenerator(id);
  REQUIRE_OK(generator);
  std::vector<float> numbers(count);
  (*generator)->fill(seed, numbers.data(), count);
  return numbers;
}

std::vector<float> Reference(const std::string& name) {
  const std::vector<uint8_t> bytes = ReadTestFile("noise/" + name);
  std::vector<float> numbers(bytes.size() / sizeof(float));
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

TEST_CASE("Philox gives the known answers of its authors", "[dataset][noise]") {
  CHECK(Philox({0, 0, 0, 0}, {0, 0}) ==
        PhiloxBlock{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8});
  constexpr uint32_t kOnes = 0xFFFFFFFF;
  CHECK(Philox({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}) ==
        PhiloxBlock{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD});
  CHECK(Philox({0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344}, {0xA4093822, 0x299F31D0}) ==
        PhiloxBlock{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1});
}

TEST_CASE("noise is what NumPy computes from its formula, bit for bit", "[dataset][noise]") {
  const std::string id = GENERATE("normal", "uniform");
  CAPTURE(id);
  const std::vector<float> zero = Reference(id + "_0.f32");
  REQUIRE(zero.size() == 1024);
  CHECK(Noise(id, 0, 1024) == zero);
  CHECK(Noise(id, 0x123456789ABCDEF0, 1024) == Reference(id + "_123456789abcdef0.f32"));
}

TEST_CASE("a shorter picture is the beginning of a longer one", "[dataset][noise]") {
  const std::string id = GENERATE("normal", "uniform");
  const std::vector<float> longer = Noise(id, 5, 64);
  for (size_t count = 0; count < 64; ++count) {
    REQUIRE(Noise(id, 5, count) == std::vector<float>(longer.begin(), longer.begin() + count));
  }
}

TEST_CASE("normal noise has the moments and the tails of N(0, 1)", "[dataset][noise]") {
  const std::vector<float> numbers = Noise("normal", 42, 3 * 224 * 224);
  double moments[5] = {};
  int beyond_two = 0;
  for (const float number : numbers) {
    for (int k = 1; k <= 4; ++k) moments[k] += std::pow(number, k) / numbers.size();
    beyond_two += std::abs(number) > 2 ? 1 : 0;
  }
  // Five standard errors each.
  CHECK(moments[1] == Approx(0).margin(0.013));
  CHECK(moments[2] == Approx(1).margin(0.019));
  CHECK(moments[3] == Approx(0).margin(0.05));
  CHECK(moments[4] == Approx(3).margin(0.13));
  CHECK(beyond_two / static_cast<double>(numbers.size()) == Approx(0.0455).margin(0.0027));
}

TEST_CASE("uniform noise fills 0 to 1 evenly and never reaches 1", "[dataset][noise]") {
  const std::vector<float> numbers = Noise("uniform", 42, 100000);
  int tenths[10] = {};
  for (const float number : numbers) {
    REQUIRE(number >= 0);
    REQUIRE(number < 1);
    ++tenths[static_cast<int>(number * 10)];
  }
  for (const int tenth : tenths) CHECK(tenth == Approx(10000).margin(475));
}

TEST_CASE("the first generator is the default, an unknown one is refused", "[dataset][noise]") {
  REQUIRE_OK(FindNoiseGenerator(""));
  CHECK((*FindNoiseGenerator(""))->info.id == NoiseGenerators().front().info.id);
  CHECK_STATUS(FindNoiseGenerator("pink"), absl::StatusCode::kNotFound, "\"normal\", \"uniform\"");
}

}  // namespace
}  // namespace deepvision
