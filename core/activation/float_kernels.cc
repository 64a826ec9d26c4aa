#include "core/activation/float_kernels.h"

// Vectors are members here, which those of unknown length cannot be.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
// Highway compiles this file once per instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/activation/float_kernels.cc"
#include <hwy/foreach_target.h>
// After foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace deepvision {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;

// Values per block: a block with NaN or infinities is scanned again with masks.
constexpr size_t kBlock = 4096;

struct RangeVectors {
  FloatVector minimum;
  FloatVector maximum;
};

// Scans `count` values, a multiple of four vectors, as if all were finite; says
// whether they were. v * 0 is NaN for what is not finite; its four sums keep the
// additions from waiting for each other.
bool ScanFast(const float* values, size_t count, RangeVectors& range) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  const auto zero = hn::Zero(d);
  auto min0 = range.minimum, min1 = min0;
  auto max0 = range.maximum, max1 = max0;
  auto poison0 = zero, poison1 = zero, poison2 = zero, poison3 = zero;
  for (size_t i = 0; i < count; i += 4 * lanes) {
    const auto a = hn::LoadU(d, values + i);
    const auto b = hn::LoadU(d, values + i + lanes);
    const auto e = hn::LoadU(d, values + i + 2 * lanes);
    const auto f = hn::LoadU(d, values + i + 3 * lanes);
    min0 = hn::Min(hn::Min(a, b), min0);
    max0 = hn::Max(hn::Max(a, b), max0);
    min1 = hn::Min(hn::Min(e, f), min1);
    max1 = hn::Max(hn::Max(e, f), max1);
    poison0 = hn::MulAdd(a, zero, poison0);
    poison1 = hn::MulAdd(b, zero, poison1);
    poison2 = hn::MulAdd(e, zero, poison2);
    poison3 = hn::MulAdd(f, zero, poison3);
  }
  const auto poison = hn::Add(hn::Add(poison0, poison1), hn::Add(poison2, poison3));
  if (!hn::AllTrue(d, hn::Eq(poison, poison))) return false;
  range.minimum = hn::Min(min0, min1);
  range.maximum = hn::Max(max0, max1);
  return true;
}

void ScanOne(float value, FiniteRange& range) {
  if (value != value) {
    ++range.nan_count;
  } else if (value - value != 0) {
    ++range.infinite_count;
  } else {
    range.minimum = HWY_MIN(range.minimum, value);
    range.maximum = HWY_MAX(range.maximum, value);
  }
}

// Scans `count` values, a multiple of a vector, with the others masked out.
void ScanMasked(const float* values, size_t count, RangeVectors& vectors, FiniteRange& range) {
  const Floats d;
  const auto infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  const auto zero = hn::Zero(d);
  for (size_t i = 0; i < count; i += hn::Lanes(d)) {
    const auto v = hn::LoadU(d, values + i);
    const auto is_number = hn::Eq(v, v);
    const auto is_finite = hn::Eq(hn::Mul(v, zero), zero);
    vectors.minimum = hn::Min(vectors.minimum, hn::IfThenElse(is_finite, v, infinity));
    vectors.maximum = hn::Max(vectors.maximum, hn::IfThenElse(is_finite, v, hn::Neg(infinity)));
    const size_t numbers = hn::CountTrue(d, is_number);
    range.nan_count += hn::Lanes(d) - numbers;
    range.infinite_count += numbers - hn::CountTrue(d, is_finite);
  }
}

void ScanRange(const float* values, size_t count, FiniteRange& range) {
  const Floats d;
  const size_t step = 4 * hn::Lanes(d);
  RangeVectors vectors{hn::Set(d, range.minimum), hn::Set(d, range.maximum)};
  size_t done = 0;
  while (count - done >= step) {
    const size_t block = HWY_MIN(kBlock, (count - done) / step * step);
    if (!ScanFast(values + done, block, vectors)) {
      ScanMasked(values + done, block, vectors, range);
    }
    done += block;
  }
  range.minimum = hn::GetLane(hn::MinOfLanes(d, vectors.minimum));
  range.maximum = hn::GetLane(hn::MaxOfLanes(d, vectors.maximum));
  for (; done < count; ++done) ScanOne(values[done], range);
}

FiniteSums SumFinite(const float* values, size_t count, float shift) {
  FiniteSums sums;
  for (size_t i = 0; i < count; ++i) {
    if (values[i] - values[i] != 0) continue;
    const double difference = double{values[i]} - shift;
    ++sums.count;
    sums.positive_count += values[i] > 0;
    sums.sum += difference;
    sums.sum_of_squares += difference * difference;
  }
  return sums;
}

void AddScaled(const float* values, size_t count, float weight, float* sums) {
  const Floats d;
  const auto vector_weight = hn::Set(d, weight);
  size_t i = 0;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
    const auto product = hn::Mul(hn::LoadU(d, values + i), vector_weight);
    hn::StoreU(hn::Add(product, hn::LoadU(d, sums + i)), d, sums + i);
  }
  for (; i < count; ++i) sums[i] += weight * values[i];
}

}  // namespace HWY_NAMESPACE
}  // namespace deepvision
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace deepvision {

HWY_EXPORT(ScanRange);
HWY_EXPORT(SumFinite);
HWY_EXPORT(AddScaled);

void ScanRange(const float* values, size_t count, FiniteRange& range) {
  HWY_DYNAMIC_DISPATCH(ScanRange)(values, count, range);
}

FiniteSums SumFinite(const float* values, size_t count, float shift) {
  return HWY_DYNAMIC_DISPATCH(SumFinite)(values, count, shift);
}

void AddScaled(const float* values, size_t count, float weight, float* sums) {
  HWY_DYNAMIC_DISPATCH(AddScaled)(values, count, weight, sums);
}

}  // namespace deepvision
#endif  // HWY_ONCE
