#include "core/visualization/quality.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/fft_rfft2.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/visualization/spectrum.h"

namespace deepvision {
namespace {

struct Ring {
  double power = 0;
  double weight = 0;
};

// Mean power of each ring of whole frequencies; half spectra count twice what has a
// conjugate partner.
std::vector<Ring> RadialPower(const at::Tensor& picture) {
  const at::Tensor centered =
      picture.to(at::kCPU, at::kDouble) - picture.to(at::kDouble).mean({1, 2}, true).to(at::kCPU);
  const at::Tensor power = at::fft_rfft2(centered).abs().square().mean(0).contiguous();
  const int64_t height = picture.size(1);
  const int64_t width = picture.size(2);
  const int64_t side = std::min(height, width);
  const at::Tensor radius = FrequencyRadius(height, width).contiguous();
  std::vector<Ring> rings(static_cast<size_t>(side / 2));
  const double* const p = power.const_data_ptr<double>();
  const double* const r = radius.const_data_ptr<double>();
  for (int64_t i = 0; i < power.numel(); ++i) {
    const auto k = static_cast<size_t>(std::lround(r[i] * static_cast<double>(side)));
    if (k == 0 || k >= rings.size()) continue;
    const int64_t column = i % (width / 2 + 1);
    const double weight = column == 0 || 2 * column == width ? 1 : 2;
    rings[k].power += weight * p[i];
    rings[k].weight += weight;
  }
  return rings;
}

}  // namespace

double SpectralDistance(const at::Tensor& picture) {
  const std::vector<Ring> rings = RadialPower(picture);
  const auto side = static_cast<double>(std::min(picture.size(1), picture.size(2)));
  std::vector<double> differences;
  for (size_t k = 1; k < rings.size(); ++k) {
    const double natural = NaturalLogPower(static_cast<double>(k) * 512 / side);
    differences.push_back(std::log(rings[k].power / rings[k].weight) - natural);
  }
  if (differences.empty()) return std::numeric_limits<double>::quiet_NaN();
  double mean = 0;
  for (const double d : differences) mean += d / static_cast<double>(differences.size());
  double square = 0;
  for (const double d : differences) {
    square += (d - mean) * (d - mean) / static_cast<double>(differences.size());
  }
  return std::sqrt(square);
}

}  // namespace deepvision
