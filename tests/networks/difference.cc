#include "tests/networks/difference.h"

#include <ATen/ops/abs.h>
#include <ATen/ops/dequantize.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/logical_and.h>
#include <ATen/ops/logical_or.h>
#include <ATen/ops/max.h>
#include <ATen/ops/sub.h>
#include <ATen/ops/view_as_real.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include <limits>

namespace deepvision {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Real numbers in float64, NaN and infinities as they are.
at::Tensor Numbers(const at::Tensor& tensor) {
  at::Tensor numbers = tensor.detach();
  if (numbers.is_complex()) numbers = at::view_as_real(numbers.resolve_conj());
  return numbers.to(c10::kDouble).contiguous().reshape({-1});
}

at::Tensor ZeroWhereNot(const at::Tensor& condition, const at::Tensor& numbers) {
  return at::where(condition, numbers, at::zeros_like(numbers));
}

}  // namespace

Difference Compare(const at::Tensor& value, const at::Tensor& reference) {
  const at::Tensor plain = value.is_quantized() ? at::dequantize(value) : value;
  if (plain.sizes() != reference.sizes() || plain.scalar_type() != reference.scalar_type()) {
    return {kInfinity, false};
  }
  if (plain.numel() == 0) return {0, true};
  const at::Tensor a = Numbers(plain);
  const at::Tensor b = Numbers(reference);
  const at::Tensor same = at::logical_or(at::eq(a, b), at::logical_and(at::isnan(a), at::isnan(b)));
  if (same.all().item<bool>()) return {0, true};
  const at::Tensor finite = at::logical_and(at::isfinite(a), at::isfinite(b));
  if (!at::logical_or(same, finite).all().item<bool>()) return {kInfinity, false};
  const double difference = ZeroWhereNot(finite, at::abs(at::sub(a, b))).max().item<double>();
  const double scale = ZeroWhereNot(finite, at::abs(b)).max().item<double>();
  return {scale > 0 ? difference / scale : difference, false};
}

double Tolerance(c10::ScalarType dtype) {
  switch (dtype) {
    case c10::kDouble:
    case c10::kComplexDouble:
      return 1e-10;
    case c10::kHalf:
      return 1e-3;
    case c10::kBFloat16:
      return 1e-2;
    case c10::kFloat:
    case c10::kComplexFloat:
      return 1e-5;
    default:
      return 0;  // integers and booleans
  }
}

}  // namespace deepvision
