// Compiled with -ffp-contract=off: a fused multiply-add would round differently
// on machines that have one.
#include "core/dataset/noise.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/api/error.h"
#include "core/dataset/philox.h"

namespace deepvision {
namespace {

constexpr int kPictureSide = 224;
constexpr double kLn2 = 0.693147180559945309417;
constexpr double kTwoPi = 6.283185307179586476925;

// The natural logarithm of a normal number x in (0, 1), by
// ln m = 2 (f + f^3 / 3 + f^5 / 5 + ...) with f = (m - 1) / (m + 1).
double Log(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);  // exact; in [0.5, 1)
  if (m < 0.70710678118654752) {
    m *= 2;
    --exponent;
  }
  const double f = (m - 1) / (m + 1);  // at most 0.172
  const double square = f * f;
  double sum = 0;
  for (int k = 21; k >= 1; k -= 2) sum = sum * square + 1.0 / k;
  return exponent * kLn2 + 2 * f * sum;
}

struct SinCos {
  double sin;
  double cos;
};

// Taylor's series for an angle of at most pi / 4 either way.
SinCos SmallSinCos(double angle) {
  const double square = angle * angle;
  double sin = 1;
  double cos = 1;
  for (int k = 16; k >= 2; k -= 2) {
    sin = 1 - sin * square / (k * (k + 1));
    cos = 1 - cos * square / (k * (k - 1));
  }
  return {angle * sin, cos};
}

// Of the angle `turns` * 2 pi, turns in [0, 1).
SinCos TurnSinCos(double turns) {
  const int quarter = static_cast<int>(turns * 4 + 0.5);
  const SinCos rest = SmallSinCos((turns - quarter * 0.25) * kTwoPi);
  switch (quarter % 4) {
    case 0:
      return rest;
    case 1:
      return {rest.cos, -rest.sin};
    case 2:
      return {-rest.sin, -rest.cos};
    default:
      return {-rest.cos, rest.sin};
  }
}

std::array<float, 4> NormalBlock(const PhiloxBlock& words) {
  std::array<float, 4> numbers;
  for (size_t k = 0; k < 4; k += 2) {
    const double a = (words[k] + 0.5) / 4294967296.0;
    const double b = words[k + 1] / 4294967296.0;
    const double radius = std::sqrt(-2 * Log(a));
    const SinCos direction = TurnSinCos(b);
    numbers[k] = static_cast<float>(radius * direction.cos);
    numbers[k + 1] = static_cast<float>(radius * direction.sin);
  }
  return numbers;
}

std::array<float, 4> UniformBlock(const PhiloxBlock& words) {
  std::array<float, 4> numbers;
  for (size_t k = 0; k < 4; ++k) numbers[k] = static_cast<float>(words[k] >> 8) / 16777216.0F;
  return numbers;
}

template <std::array<float, 4> (*Block)(const PhiloxBlock&)>
void Fill(uint64_t seed, float* out, size_t count) {
  for (size_t i = 0; i < count; i += 4) {
    const std::array<float, 4> numbers = Block(PhiloxAt(seed, i / 4));
    std::copy_n(numbers.begin(), std::min<size_t>(4, count - i), out + i);
  }
}

}  // namespace

const std::vector<NoiseGenerator>& NoiseGenerators() {
  static const auto* const generators = new std::vector<NoiseGenerator>{
      {{"normal", "Normal noise",
        "Independent normal numbers of mean 0 and variance 1 in the space that the network reads.",
        kPictureSide, kPictureSide},
       TensorSpace::kNetwork,
       Fill<NormalBlock>},
      {{"uniform", "Uniform noise",
        "Independent colours, uniform from black to full, normalised like a picture.", kPictureSide,
        kPictureSide},
       TensorSpace::kUnit,
       Fill<UniformBlock>}};
  return *generators;
}

absl::StatusOr<const NoiseGenerator*> FindNoiseGenerator(absl::string_view id) {
  const std::vector<NoiseGenerator>& all = NoiseGenerators();
  if (id.empty()) return &all.front();
  for (const NoiseGenerator& generator : all) {
    if (generator.info.id == id) return &generator;
  }
  const std::string valid =
      absl::StrJoin(all, ", ", [](std::string* out, const NoiseGenerator& generator) {
        absl::StrAppend(out, "\"", generator.info.id, "\"");
      });
  return WithReason(
      absl::NotFoundError(absl::StrCat("generator: there is no \"", id, "\"; there are ", valid)),
      "NOISE_GENERATOR_NOT_FOUND", {{"generator", std::string(id)}});
}

}  // namespace deepvision
