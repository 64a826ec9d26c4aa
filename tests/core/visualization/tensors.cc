#include "tests/core/visualization/tensors.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>

#include <cstring>

#include "core/visualization/unit_random.h"

namespace deepvision {

at::Tensor Normals(std::vector<int64_t> sizes, uint64_t seed) {
  return UnitRandom({.seed = seed}).Normals(sizes, at::kDouble);
}

at::Tensor ReferenceTensor(const std::string& name) {
  static const ReferenceArrays references("visualization");
  const ReferenceArray& array = references.Find(name);
  const auto dtype = array.dtype == "float64" ? at::kDouble : at::kFloat;
  at::Tensor tensor = at::empty(array.shape, dtype);
  std::memcpy(tensor.mutable_data_ptr(), array.bytes.data(), array.bytes.size());
  return tensor;
}

double Difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

double GradientError(const std::function<at::Tensor(const at::Tensor&)>& f, const at::Tensor& x) {
  constexpr double kStep = 1e-6;
  const at::Tensor leaf = x.clone().requires_grad_(true);
  const at::Tensor result = f(leaf);
  const at::Tensor weights = Normals(result.sizes().vec(), 99);
  const at::Tensor gradient =
      torch::autograd::grad({(result * weights).sum()}, {leaf})[0].contiguous();
  at::Tensor numerical = at::zeros_like(gradient);
  for (int64_t i = 0; i < x.numel(); ++i) {
    const auto at_distance = [&](double distance) {
      at::Tensor moved = x.clone(at::MemoryFormat::Contiguous);
      moved.mutable_data_ptr<double>()[i] += distance;
      return (f(moved) * weights).sum().item<double>();
    };
    numerical.mutable_data_ptr<double>()[i] =
        (at_distance(kStep) - at_distance(-kStep)) / (2 * kStep);
  }
  return Difference(gradient, numerical);
}

}  // namespace deepvision
