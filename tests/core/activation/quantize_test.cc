#include "core/activation/quantize.h"

#include <hwy/targets.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "tests/core/activation/references.h"
#include "tests/support/catch.h"

namespace deepvision {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

FiniteRange Scan(const std::vector<float>& values) {
  FiniteRange range;
  ScanRange(values.data(), values.size(), range);
  return range;
}

std::vector<uint8_t> Codes(const std::vector<float>& values, CodeRange range) {
  std::vector<uint8_t> codes(values.size());
  Quantize(values.data(), values.size(), range, codes.data());
  return codes;
}

// The documented formula once more, value by value.
uint8_t CodeByFormula(float value, CodeRange range) {
  volatile float scaled = value - range.minimum;
  scaled = 255.0f * scaled;
  scaled = scaled / ((range.maximum - range.minimum) + 1e-6f);
  if (std::isnan(scaled) || scaled <= 0) return 0;
  return scaled >= 255 ? 255 : static_cast<uint8_t>(scaled);
}

// Runs `test` with each instruction set that this processor has.
template <typename Test>
void WithEachTarget(Test test) {
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    INFO(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    test();
    hwy::SetSupportedTargetsForTest(0);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
}

TEST_CASE("codes equal NumPy's to the bit with every instruction set", "[activation][quantize]") {
  const std::string name = GENERATE(as<std::string>(), "normal", "relu", "large", "small", "offset",
                                    "borders", "borders_from_zero", "denormal");
  const auto values = Reference<float>("codes." + name + ".values");
  WithEachTarget([&] {
    const FiniteRange seen = Scan(values);
    const auto codes = [&](ValueRange policy) {
      return Codes(values, ChooseRange(policy, {-0.7f, 1.9f}, seen));
    };
    CHECK(codes(ValueRange::kLayer) == Reference<uint8_t>("codes." + name + ".layer"));
    CHECK(codes(ValueRange::kSymmetric) == Reference<uint8_t>("codes." + name + ".symmetric"));
    CHECK(codes(ValueRange::kFixed) == Reference<uint8_t>("codes." + name + ".fixed"));
  });
}

TEST_CASE("codes equal the formula for random bits, ranges and lengths", "[activation][quantize]") {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(-3, 3);
  WithEachTarget([&] {
    for (size_t length = 0; length < 150; ++length) {
      const float a = uniform(random), b = uniform(random);
      const CodeRange range{std::min(a, b), std::max(a, b)};
      std::vector<float> values(length);
      for (float& value : values) value = uniform(random);
      if (length > 3) values[length / 2] = kNan;
      if (length > 9) values[length - 1] = -kInfinity;
      if (length > 9) values[1] = kInfinity;
      const std::vector<uint8_t> codes = Codes(values, range);
      for (size_t i = 0; i < length; ++i) CHECK(int{codes[i]} == CodeByFormula(values[i], range));
    }
  });
}

TEST_CASE("values one step beside the borders of codes get the formula's code",
          "[activation][quantize]") {
  std::mt19937 random(8);
  std::uniform_real_distribution<float> uniform(-5, 5);
  WithEachTarget([&] {
    for (int trial = 0; trial < 50; ++trial) {
      const float a = uniform(random), b = uniform(random);
      const CodeRange range{std::min(a, b), std::max(a, b)};
      std::vector<float> values;
      for (int code = 0; code <= 255; ++code) {
        const float border = range.minimum + static_cast<float>(code) * CodeWidth(range);
        for (const float v :
             {std::nextafter(border, -kInfinity), border, std::nextafter(border, kInfinity)}) {
          values.push_back(v);
        }
      }
      const std::vector<uint8_t> codes = Codes(values, range);
      size_t wrong = 0;
      for (size_t i = 0; i < values.size(); ++i) {
        wrong += codes[i] != CodeByFormula(values[i], range);
      }
      CHECK(wrong == 0);
    }
  });
}

TEST_CASE("the short way for ranges that hold all values gives the formula's codes",
          "[activation][quantize]") {
  std::mt19937 random(9);
  std::uniform_real_distribution<double> uniform(0, 1);
  // Where the range begins, in its own lengths: at most two of them away from 0
  // there is a short way.
  const double begin = GENERATE(0.0, -1.0, -0.3, -2.0, 1.0, 1.9999, 2.0, 2.1, 300.0);
  WithEachTarget([&] {
    for (int trial = 0; trial < 20; ++trial) {
      const double length = std::pow(10, 12 * uniform(random) - 6);
      const float minimum = static_cast<float>(begin * length);
      const CodeRange range{minimum, static_cast<float>(minimum + length), /*holds_all=*/true};
      std::vector<float> values;
      for (int code = 0; code <= 255; ++code) {
        float v = static_cast<float>(minimum + code * double{CodeWidth(range)});
        for (int i = 0; i < 6; ++i) v = std::nextafter(v, -kInfinity);
        for (int i = 0; i < 13; ++i, v = std::nextafter(v, kInfinity)) {
          values.push_back(std::clamp(v, range.minimum, range.maximum));
        }
      }
      std::shuffle(values.begin(), values.end(), random);
      const std::vector<uint8_t> codes = Codes(values, range);
      size_t wrong = 0;
      for (size_t i = 0; i < values.size(); ++i) {
        wrong += codes[i] != CodeByFormula(values[i], range);
      }
      CHECK(wrong == 0);
    }
  });
}

TEST_CASE("NaN and infinities are counted and left out of the range", "[activation][quantize]") {
  WithEachTarget([&] {
    for (const size_t length : {5u, 31u, 64u, 1000u, 10000u}) {
      std::vector<float> values(length, 0.5f);
      values[0] = -2;
      values[length - 1] = 3;
      values[1] = kNan;
      values[2] = kInfinity;
      values[3] = -kInfinity;
      const FiniteRange seen = Scan(values);
      CHECK(seen.nan_count == 1);
      CHECK(seen.infinite_count == 2);
      CHECK(seen.minimum == -2);
      CHECK(seen.maximum == 3);
    }
  });
}

TEST_CASE("a NaN anywhere is found, whatever lies around it", "[activation][quantize]") {
  WithEachTarget([&] {
    std::vector<float> values(5000, 1.0f);
    for (size_t i = 0; i < values.size(); i += 37) {
      values[i] = kNan;
      const FiniteRange seen = Scan(values);
      CHECK(seen.nan_count == 1);
      CHECK(seen.maximum == 1);
      values[i] = 1;
    }
  });
}

TEST_CASE("NaN has code 0, +Inf 255 and -Inf 0", "[activation][quantize]") {
  WithEachTarget([&] {
    const std::vector<float> values{kNan, kInfinity, -kInfinity, 0.5f, 1, 0, 0, 0, 0,
                                    kNan, kInfinity, -kInfinity, 0.5f, 1, 0, 0, 0, 0};
    const std::vector<uint8_t> codes = Codes(values, {0, 1});
    CHECK(codes ==
          std::vector<uint8_t>{0, 255, 0, 127, 254, 0, 0, 0, 0, 0, 255, 0, 127, 254, 0, 0, 0, 0});
  });
}

TEST_CASE("a constant is widened to include zero", "[activation][quantize]") {
  const CodeRange three = ChooseRange(ValueRange::kLayer, {}, Scan({3, 3, 3}));
  CHECK(three.minimum == 0);
  CHECK(three.maximum == 3);
  CHECK(Codes({3}, three)[0] == 254);
  CHECK(ZeroCode(three) == 0);
  const CodeRange minus_two = ChooseRange(ValueRange::kLayer, {}, Scan({-2, -2}));
  CHECK(minus_two.minimum == -2);
  CHECK(minus_two.maximum == 0);
  CHECK(Codes({-2}, minus_two)[0] == 0);
  CHECK(ZeroCode(minus_two) == 254);
}

TEST_CASE("constant zero and a layer without finite values have code 0 and zero code 0",
          "[activation][quantize]") {
  for (const std::vector<float>& values : {std::vector<float>{0, -0.0f}, {kNan, kInfinity}, {}}) {
    for (const ValueRange policy : {ValueRange::kLayer, ValueRange::kSymmetric}) {
      const CodeRange range = ChooseRange(policy, {}, Scan(values));
      CHECK(range.minimum == 0);
      CHECK(!std::signbit(range.minimum));
      CHECK(range.maximum == 0);
      CHECK(Codes({0}, range)[0] == 0);
      CHECK(ZeroCode(range) == 0);
    }
  }
}

TEST_CASE("a symmetric range has zero in its middle", "[activation][quantize]") {
  const CodeRange range = ChooseRange(ValueRange::kSymmetric, {}, Scan({-1, 4}));
  CHECK(range.minimum == -4);
  CHECK(range.maximum == 4);
  CHECK(ZeroCode(range) == 127);
}

TEST_CASE("codes give values back within half a code", "[activation][quantize]") {
  const auto values = Reference<float>("codes.normal.values");
  const CodeRange range = ChooseRange(ValueRange::kLayer, {}, Scan(values));
  const std::vector<uint8_t> codes = Codes(values, range);
  for (size_t i = 0; i < values.size(); ++i) {
    const double back = range.minimum + (codes[i] + 0.5) * CodeWidth(range);
    CHECK(std::abs(back - values[i]) <= 0.5001 * CodeWidth(range));
  }
}

TEST_CASE("ranges whose span overflows float32 keep the formula", "[activation][quantize]") {
  const float huge = std::numeric_limits<float>::max();
  const CodeRange range{-huge, huge};
  CHECK(Codes({-huge, -huge / 2, 0, huge / 2, huge, kNan, kInfinity, -kInfinity}, range) ==
        std::vector<uint8_t>{0, 63, 127, 191, 255, 0, 255, 0});
  CHECK(std::isfinite(CodeWidth(range)));
}

}  // namespace
}  // namespace deepvision
