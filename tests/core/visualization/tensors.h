// Tensors and gradients for the tests of this folder.
#ifndef DEEPVISION_TESTS_CORE_VISUALIZATION_TENSORS_H_
#define DEEPVISION_TESTS_CORE_VISUALIZATION_TENSORS_H_

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/support/reference_arrays.h"

namespace deepvision {

// Normal numbers, float64, the same for each seed.
at::Tensor Normals(std::vector<int64_t> sizes, uint64_t seed = 1);

// A reference of tests/data/visualization.
at::Tensor ReferenceTensor(const std::string& name);

// The largest difference of two tensors of equal size.
double Difference(const at::Tensor& a, const at::Tensor& b);

// The largest difference between autograd's gradient of a random linear function of
// f(x) and the numerical one (central differences). x is float64.
double GradientError(const std::function<at::Tensor(const at::Tensor&)>& f, const at::Tensor& x);

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_CORE_VISUALIZATION_TENSORS_H_
