#include "core/visualization/robust_transform.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/grid_sampler_2d.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/replication_pad2d.h>
#include <ATen/ops/roll.h>
#include <ATen/ops/std.h>
#include <ATen/ops/tensor.h>

#include <cmath>
#include <numbers>

namespace deepvision {
namespace {

constexpr double kRotateChance = 0.3;
constexpr double kScaleChance = 0.05;
constexpr double kRollChance = 0.3;
constexpr int64_t kBlurRadius = 2;

enum class Sampling : int64_t { kBilinear = 0, kNearest = 1 };

// -size / 2 + 1/2 … size / 2 - 1/2
at::Tensor Centered(int64_t size, const at::TensorOptions& options) {
  return at::arange(size, options) + (0.5 - static_cast<double>(size) * 0.5);
}

// `matrix`: result -> image, from the middle, row by row.
at::Tensor Sample(const at::Tensor& image, const std::array<double, 6>& matrix, Sampling sampling) {
  const int64_t height = image.size(2);
  const int64_t width = image.size(3);
  at::Tensor base = at::ones({1, height, width, 3}, image.options());
  base.select(3, 0).copy_(Centered(width, image.options()));
  base.select(3, 1).copy_(Centered(height, image.options()).unsqueeze(1));
  const at::Tensor half = at::tensor(
      {0.5 * static_cast<double>(width), 0.5 * static_cast<double>(height)}, image.options());
  const at::Tensor theta =
      at::tensor(at::ArrayRef<double>(matrix), at::kDouble).to(image.options()).view({1, 2, 3});
  const at::Tensor grid = at::bmm(base.view({1, height * width, 3}), theta.transpose(1, 2) / half);
  return at::grid_sampler_2d(image, grid.view({1, height, width, 2}),
                             static_cast<int64_t>(sampling), /*padding_mode=zeros*/ 0,
                             /*align_corners=*/false);
}

at::Tensor Rotated(const at::Tensor& image, double degrees) {
  const double angle = -degrees * std::numbers::pi / 180;
  const double cos = std::cos(angle);
  const double sin = std::sin(angle);
  return Sample(image, {cos, sin, 0, -sin, cos, 0}, Sampling::kNearest);
}

at::Tensor Enlarged(const at::Tensor& image, double scale) {
  return Sample(image, {1 / scale, 0, 0, 0, 1 / scale, 0}, Sampling::kBilinear);
}

at::Tensor Blurred(const at::Tensor& image, double sigma) {
  const at::Tensor x = at::arange(-kBlurRadius, kBlurRadius + 1, at::kDouble);
  at::Tensor taps = (-0.5 * (x / sigma).square()).exp();
  taps = taps / taps.sum();
  const at::Tensor kernel = at::outer(taps, taps).to(image.options()).view({1, 1, 5, 5});
  return at::conv2d(image.transpose(0, 1), kernel, std::nullopt, at::IntArrayRef({1, 1}),
                    at::IntArrayRef({kBlurRadius, kBlurRadius}))
      .transpose(0, 1);
}

at::Tensor Pulled(const at::Tensor& image, double pull) {
  const at::Tensor standard = (image - image.mean()) / at::std(image, /*unbiased=*/true);
  return image * (1 - pull) + standard * pull;
}

}  // namespace

RobustDraw DrawRobust(const RobustMethod& method, UnitRandom& random) {
  RobustDraw draw;
  if (random.Uniform() < kRotateChance) {
    draw.degrees = random.Uniform(-method.max_degrees, method.max_degrees);
  }
  if (random.Uniform() < kScaleChance) draw.scale = random.Uniform(1, 1 + method.max_scale);
  if (random.Uniform() < kRollChance) {
    const int64_t rows = random.Below(2 * method.max_roll + 1) - method.max_roll;
    draw.roll = {rows, random.Below(2 * method.max_roll + 1) - method.max_roll};
  }
  return draw;
}

at::Tensor RobustTransform(const at::Tensor& image, const RobustMethod& method,
                           const RobustDraw& draw) {
  const int64_t pad = 2 * int64_t{method.max_roll};
  at::Tensor x = at::replication_pad2d(image, {pad, pad, pad, pad});
  if (draw.degrees) x = Rotated(x, *draw.degrees);
  if (draw.scale) x = Enlarged(x, *draw.scale);
  if (method.blur_sigma > 0) x = Blurred(x, method.blur_sigma);
  x = x.narrow(2, pad, image.size(2)).narrow(3, pad, image.size(3));
  if (draw.roll) x = at::roll(x, *draw.roll, {2, 3});
  return Pulled(x, method.distribution_pull).contiguous();
}

}  // namespace deepvision
