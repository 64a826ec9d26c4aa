#include "core/visualization/color.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_inv.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/tensor.h>

namespace deepvision {
namespace {

at::Tensor Matrix() {
  const at::Tensor correlation =
      at::tensor({.26, .09, .02, .27, .00, -.05, .27, -.09, .03}, at::kDouble).view({3, 3});
  return correlation / correlation.square().sum(0).sqrt().max();
}

at::Tensor Apply(const at::Tensor& matrix, const at::Tensor& image) {
  return at::matmul(matrix.to(image.options()), image.flatten(2)).view(image.sizes());
}

}  // namespace

at::Tensor LatentToRgb(const at::Tensor& latent) { return Apply(Matrix(), latent); }

at::Tensor RgbToLatent(const at::Tensor& rgb) { return Apply(at::linalg_inv(Matrix()), rgb); }

}  // namespace deepvision
