#include "core/visualization/penalty.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "tests/core/visualization/tensors.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

double Value(PenaltyKind kind, const at::Tensor& image, double middle = 0.5) {
  return PenaltyValue(kind, image, middle).item<double>();
}

TEST_CASE("penalties are what their comments say", "[visualization][penalty]") {
  const at::Tensor image = at::tensor({0.0, 1.0, 0.5, 0.5}, at::kDouble).view({1, 1, 2, 2});
  CHECK(Value(PenaltyKind::kTotalVariation, image) == Approx(0.5 + 0.5));
  CHECK(Value(PenaltyKind::kL1, image) == Approx(0.25));
  CHECK(Value(PenaltyKind::kL1, image, 0) == Approx(0.5));
  CHECK(Value(PenaltyKind::kL2, image) == Approx(std::sqrt(0.125 + 1e-6)));
  // Blurred: centre 1, the three others 0.5 each, of 2.5.
  const double b0 = (0 + 0.5 * 2.0) / 2.5;
  const double b1 = (1 + 0.5 * 1.0) / 2.5;
  const double b2 = (0.5 + 0.5 * 1.5) / 2.5;
  const double expected = (b0 * b0 + (1 - b1) * (1 - b1) + 2 * (0.5 - b2) * (0.5 - b2)) / 4 / 2;
  CHECK(Value(PenaltyKind::kBlur, image) == Approx(expected));
}

TEST_CASE("a flat grey image pays nothing", "[visualization][penalty]") {
  const at::Tensor grey = at::full({1, 3, 5, 5}, 0.5, at::kDouble);
  for (const PenaltyKind kind :
       {PenaltyKind::kTotalVariation, PenaltyKind::kL1, PenaltyKind::kBlur}) {
    CHECK(Value(kind, grey) == Approx(0).margin(1e-12));
  }
  CHECK(Value(PenaltyKind::kTotalVariation, at::full({1, 1, 1, 1}, 3.0)) == 0);
}

TEST_CASE("gradients of penalties equal numerical ones", "[visualization][gradient]") {
  const at::Tensor image = Normals({1, 2, 4, 5});
  for (const PenaltyKind kind :
       {PenaltyKind::kTotalVariation, PenaltyKind::kL1, PenaltyKind::kL2}) {
    CHECK(GradientError([&](const at::Tensor& x) { return PenaltyValue(kind, x, 0.5); }, image) <
          1e-8);
  }
}

TEST_CASE("the blur penalty pulls each pixel to its blurred value", "[visualization][gradient]") {
  // The blurred image counts as constant: the gradient is (x - blurred) / numbers.
  const at::Tensor image = Normals({1, 1, 5, 5}).requires_grad_(true);
  const at::Tensor penalty = PenaltyValue(PenaltyKind::kBlur, image, 0.5);
  const at::Tensor gradient = torch::autograd::grad({penalty}, {image})[0];
  CHECK((gradient.square().sum() * 25 / 2).item<double>() == Approx(penalty.item<double>()));
}

TEST_CASE("the sum of penalties is weighted, and nothing without any", "[visualization][penalty]") {
  const at::Tensor image = Normals({1, 3, 4, 4});
  const double sum =
      PenaltySum({{PenaltyKind::kL1, 2}, {PenaltyKind::kL2, -3}}, image, 0).item<double>();
  CHECK(sum ==
        Approx(2 * Value(PenaltyKind::kL1, image, 0) - 3 * Value(PenaltyKind::kL2, image, 0)));
  CHECK(!PenaltySum({}, image, 0).defined());
  CHECK_STATUS(CheckPenalties({{PenaltyKind::kL1, 1}, {PenaltyKind::kL1, NAN}}),
               absl::StatusCode::kInvalidArgument, "penalties[1].weight");
}

}  // namespace
}  // namespace deepvision
