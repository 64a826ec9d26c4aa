// Loops over float32 arrays for which speed matters, with the widest SIMD that
// the processor has, chosen at run time (Highway).
//
// Results are the same on every processor, except sums, whose order of addition
// differs. Arrays need no alignment.
// Threading: pure functions.
#ifndef DEEPVISION_CORE_ACTIVATION_FLOAT_KERNELS_H_
#define DEEPVISION_CORE_ACTIVATION_FLOAT_KERNELS_H_

#include <cstddef>
#include <cstdint>
#include <limits>

namespace deepvision {

// What is in an array: the range of its finite values, and the others counted.
struct FiniteRange {
  float minimum = std::numeric_limits<float>::infinity();
  float maximum = -std::numeric_limits<float>::infinity();
  uint64_t nan_count = 0;
  uint64_t infinite_count = 0;

  // No finite value was seen.
  bool IsEmpty() const { return minimum > maximum; }
};

// Adds `count` values to `range`.
void ScanRange(const float* values, size_t count, FiniteRange& range);

// Sums over the finite values of an array.
struct FiniteSums {
  uint64_t count = 0;
  uint64_t positive_count = 0;
  double sum = 0;             // of v - shift
  double sum_of_squares = 0;  // of (v - shift)^2
};

// `shift` near the mean keeps the precision of the variance.
FiniteSums SumFinite(const float* values, size_t count, float shift);

// sums[i] += weight * values[i].
void AddScaled(const float* values, size_t count, float weight, float* sums);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_FLOAT_KERNELS_H_
