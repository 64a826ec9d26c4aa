// The loop that makes codes, with the widest SIMD that the processor has,
// chosen at run time (Highway). Codes are the same on every processor.
// Threading: pure function.
#ifndef DEEPVISION_CORE_ACTIVATION_CODE_KERNELS_H_
#define DEEPVISION_CORE_ACTIVATION_CODE_KERNELS_H_

#include <cstddef>
#include <cstdint>

namespace deepvision {

// code = trunc(clip(255 * (v - minimum) / denominator, 0, 255)), every step in
// float32 and rounded as IEEE 754 says; NaN becomes 0.
struct CodeFormula {
  float minimum = 0;
  float denominator = 1;
  // All values are finite and lie between code 0 and code 255: less than half as
  // long, where |minimum| is at most twice the denominator. Codes are undefined
  // when it is not so.
  bool in_range = false;
};

// 255 * (v - minimum) must not overflow for v in range. Arrays need no
// alignment.
void QuantizeValues(const float* values, size_t count, const CodeFormula& formula, uint8_t* codes);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_CODE_KERNELS_H_
