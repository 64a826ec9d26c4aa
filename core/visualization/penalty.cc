#include "core/visualization/penalty.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones_like.h>

#include <cmath>

#include "absl/strings/str_cat.h"

namespace deepvision {
namespace {

// Mean of |x[i+1] - x[i]| along a dimension; 0 where there is one pixel only.
at::Tensor Variation(const at::Tensor& image, int64_t dimension) {
  const int64_t pairs = image.size(dimension) - 1;
  if (pairs < 1) return image.sum() * 0;
  return (image.narrow(dimension, 1, pairs) - image.narrow(dimension, 0, pairs)).abs().mean();
}

// 3 x 3, borders with the weights that lie inside.
at::Tensor Blurred(const at::Tensor& image) {
  at::Tensor kernel = at::full({1, 1, 3, 3}, 0.5, image.options());
  kernel[0][0][1][1] = 1;
  const at::Tensor planes = image.transpose(0, 1);  // each channel by itself
  const at::Tensor weights = at::conv2d(at::ones_like(planes), kernel, {}, 1, 1);
  return (at::conv2d(planes, kernel, {}, 1, 1) / weights).transpose(0, 1);
}

}  // namespace

absl::Status CheckPenalties(const std::vector<Penalty>& penalties) {
  for (size_t i = 0; i < penalties.size(); ++i) {
    if (std::isfinite(penalties[i].weight)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("penalties[", i, "].weight: is no finite number"));
  }
  return absl::OkStatus();
}

at::Tensor PenaltyValue(PenaltyKind kind, const at::Tensor& image, double middle) {
  switch (kind) {
    case PenaltyKind::kTotalVariation:
      return Variation(image, 3) + Variation(image, 2);
    case PenaltyKind::kL1:
      return (image - middle).abs().mean();
    case PenaltyKind::kL2:
      return ((image - middle).square().mean() + 1e-6).sqrt();
    case PenaltyKind::kBlur:
      return (image - Blurred(image.detach())).square().mean() / 2;
  }
  return {};
}

at::Tensor PenaltySum(const std::vector<Penalty>& penalties, const at::Tensor& image,
                      double middle) {
  at::Tensor sum;
  for (const Penalty& penalty : penalties) {
    const at::Tensor value = PenaltyValue(penalty.kind, image, middle) * penalty.weight;
    sum = sum.defined() ? sum + value : value;
  }
  return sum;
}

}  // namespace deepvision
