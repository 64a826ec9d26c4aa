#include "core/visualization/spectrum.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/minimum.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace deepvision {
namespace {

struct RadialFit {
  double log_scale;
  double exponent;
  double cutoff;
  double constant_term;
};

constexpr std::array<RadialFit, 3> kNaturalFits = {{{11.453, 1.264, 2.710, 255052},
                                                    {11.519, 1.292, 3.300, 269511},
                                                    {11.218, 1.236, 3.024, 227829}}};

}  // namespace

at::Tensor FrequencyRadius(int64_t height, int64_t width) {
  const at::Tensor rows = at::arange(height, at::kDouble);
  const at::Tensor fy = at::minimum(rows, height - rows) / static_cast<double>(height);
  const at::Tensor fx = at::arange(width / 2 + 1, at::kDouble) / static_cast<double>(width);
  return (fy.square().unsqueeze(1) + fx.square()).sqrt();
}

at::Tensor FrequencyScale(int64_t height, int64_t width, double power) {
  const double lowest = 1.0 / static_cast<double>(std::max(height, width));
  return FrequencyRadius(height, width).clamp_min(lowest).pow(-power);
}

at::Tensor NaturalMagnitude(int axis, int64_t height, int64_t width) {
  const RadialFit& fit = kNaturalFits.at(static_cast<size_t>(axis));
  const at::Tensor k = (FrequencyRadius(height, width) * 512).clamp_min(1);
  at::Tensor magnitude =
      (fit.log_scale - fit.exponent * k.log() - fit.cutoff * (k / 256).square()).exp();
  magnitude[0][0] = fit.constant_term;
  return magnitude;
}

double NaturalLogPower(double k) {
  double exponent = 0;
  double cutoff = 0;
  for (const RadialFit& fit : kNaturalFits) {
    exponent += fit.exponent / kNaturalFits.size();
    cutoff += fit.cutoff / kNaturalFits.size();
  }
  return -2 * (exponent * std::log(k) + cutoff * (k / 256) * (k / 256));
}

}  // namespace deepvision
