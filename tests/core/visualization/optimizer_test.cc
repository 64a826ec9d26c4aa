#include "core/visualization/optimizer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include "tests/core/visualization/tensors.h"
#include "tests/support/catch.h"

namespace deepvision {
namespace {

// The largest difference from PyTorch's path, relative to its numbers.
double PathError(Optimizer& optimizer, const std::string& path, c10::ScalarType dtype) {
  const at::Tensor expected = ReferenceTensor(path);
  const at::Tensor gradients = ReferenceTensor("optimizer.gradients").to(dtype);
  at::Tensor x = ReferenceTensor("optimizer.start").to(dtype).clone();
  double error = 0;
  for (int64_t step = 0; step < gradients.size(0); ++step) {
    optimizer.Step(x, gradients[step]);
    error = std::max(error, Difference(x, expected[step]));
  }
  return error;
}

TEST_CASE("Adam walks where PyTorch's Adam walks", "[visualization][optimizer]") {
  CHECK(PathError(*MakeAdam(0.05), "optimizer.Adam.float64", at::kDouble) < 1e-13);
  CHECK(PathError(*MakeAdam(0.05), "optimizer.Adam.float32", at::kFloat) < 1e-6);
}

TEST_CASE("NAdam walks where PyTorch's NAdam walks", "[visualization][optimizer]") {
  // PyTorch keeps the product of the momenta in float32.
  CHECK(PathError(*MakeNAdam(1), "optimizer.NAdam.float64", at::kDouble) < 1e-7);
  CHECK(PathError(*MakeNAdam(1), "optimizer.NAdam.float32", at::kFloat) < 1e-5);
}

TEST_CASE("a normalised step has its length whatever the gradient's",
          "[visualization][optimizer]") {
  at::Tensor x = at::tensor({0.0, 0.0});
  MakeNormalizedStep(20)->Step(x, at::tensor({-3e-3, 4e-3}));
  CHECK(x[0].item<double>() == Approx(12).epsilon(1e-3));
  CHECK(x[1].item<double>() == Approx(-16).epsilon(1e-3));
  MakeNormalizedStep(20)->Step(x, at::tensor({0.0, 0.0}));
  CHECK(x[0].item<double>() == Approx(12).epsilon(1e-3));
}

}  // namespace
}  // namespace deepvision
