// From float32 values to the codes 0..255:
//
//   code = trunc(clip(255 * (v - minimum) / (maximum - minimum + 1e-6), 0, 255))
//
// every step in float32, bit for bit what NumPy computes for float32 arrays.
// NaN has code 0, -Inf code 0, +Inf code 255. Where 255 * (maximum - minimum)
// overflows float32, the same formula is computed in float64.
//
// Threading: pure functions.
#ifndef DEEPVISION_CORE_ACTIVATION_QUANTIZE_H_
#define DEEPVISION_CORE_ACTIVATION_QUANTIZE_H_

#include <cstddef>
#include <cstdint>

#include "core/activation/float_kernels.h"
#include "core/api/activation.h"

namespace deepvision {

// The values that become the codes 0 and 255; both finite.
struct CodeRange {
  float minimum = 0;
  float maximum = 0;
  // All values that will be quantised lie in the range, none is NaN or infinite:
  // this only saves time.
  bool holds_all = false;
};

// The range for values of which `seen` were seen.
//   kLayer, kChannel  the finite minimum and maximum; a constant is widened to
//                     include 0, so that +3 is not drawn as zero (a constant 0
//                     stays [0, 0]: its code and its zero code are both 0)
//   kSymmetric        -m and +m, m the largest finite absolute value
//   kFixed            `fixed`
//   kSmoothed         as kLayer; core/activation/smoothed_range.h has the rest
// Without any finite value: [0, 0].
CodeRange ChooseRange(ValueRange policy, const FixedRange& fixed, const FiniteRange& seen);

void Quantize(const float* values, size_t count, CodeRange range, uint8_t* codes);

// The code of 0.0.
uint8_t ZeroCode(CodeRange range);

// Width of one code: (maximum - minimum + 1e-6) / 255.
float CodeWidth(CodeRange range);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_QUANTIZE_H_
