#include "core/visualization/network_space.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

#include <vector>

namespace deepvision {
namespace {

at::Tensor PerChannel(const std::vector<float>& values, float otherwise) {
  if (values.empty()) return at::full({1, 1, 1}, otherwise, at::kDouble);
  return at::tensor(at::ArrayRef<float>(values)).to(at::kDouble).view({-1, 1, 1});
}

}  // namespace

NetworkSpace::NetworkSpace(const Preprocessing& preprocessing, c10::ScalarType dtype)
    : reversed_(preprocessing.bgr && preprocessing.channels == 3) {
  const at::Tensor deviation = PerChannel(preprocessing.std, 1);
  scale_ = (static_cast<double>(preprocessing.value_range) / deviation).to(dtype);
  shift_ = (-PerChannel(preprocessing.mean, 0) / deviation).to(dtype);
}

at::Tensor NetworkSpace::FromColors(const at::Tensor& colors) const {
  return (reversed_ ? colors.flip({1}) : colors) * scale_ + shift_;
}

at::Tensor NetworkSpace::ToColors(const at::Tensor& numbers) const {
  const at::Tensor colors = (numbers - shift_) / scale_;
  return reversed_ ? colors.flip({1}) : colors;
}

}  // namespace deepvision
