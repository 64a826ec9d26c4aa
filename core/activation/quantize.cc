#include "core/activation/quantize.h"

#include <algorithm>
#include <cmath>

#include "core/activation/code_kernels.h"

namespace deepvision {
namespace {

// The formula's denominator in float32.
float Denominator(CodeRange range) { return (range.maximum - range.minimum) + 1e-6f; }

bool FitsFloat(CodeRange range) { return std::isfinite(255.0f * (range.maximum - range.minimum)); }

double WideDenominator(CodeRange range) {
  return (double{range.maximum} - double{range.minimum}) + 1e-6;
}

void QuantizeWide(const float* values, size_t count, CodeRange range, uint8_t* codes) {
  const double denominator = WideDenominator(range);
  for (size_t i = 0; i < count; ++i) {
    const double code = 255 * (double{values[i]} - double{range.minimum}) / denominator;
    codes[i] = std::isnan(code) ? 0 : static_cast<uint8_t>(std::clamp(code, 0.0, 255.0));
  }
}

CodeRange Symmetric(const FiniteRange& seen) {
  const float largest = std::max(std::abs(seen.minimum), std::abs(seen.maximum));
  return {0.0f - largest, largest};
}

// Adding +0 turns -0 into +0.
CodeRange MinimumToMaximum(const FiniteRange& seen) {
  if (seen.minimum < seen.maximum) return {seen.minimum + 0.0f, seen.maximum + 0.0f};
  return {std::min(seen.minimum, 0.0f) + 0.0f, std::max(seen.maximum, 0.0f) + 0.0f};
}

CodeRange RangeOf(ValueRange policy, const FixedRange& fixed, const FiniteRange& seen) {
  if (policy == ValueRange::kFixed) return {fixed.minimum, fixed.maximum};
  if (seen.IsEmpty()) return {0, 0};
  return policy == ValueRange::kSymmetric ? Symmetric(seen) : MinimumToMaximum(seen);
}

}  // namespace

CodeRange ChooseRange(ValueRange policy, const FixedRange& fixed, const FiniteRange& seen) {
  CodeRange range = RangeOf(policy, fixed, seen);
  range.holds_all = seen.nan_count == 0 && seen.infinite_count == 0 &&
                    range.minimum <= seen.minimum && seen.maximum <= range.maximum;
  return range;
}

void Quantize(const float* values, size_t count, CodeRange range, uint8_t* codes) {
  if (FitsFloat(range)) {
    QuantizeValues(values, count, {range.minimum, Denominator(range), range.holds_all}, codes);
  } else {
    QuantizeWide(values, count, range, codes);
  }
}

uint8_t ZeroCode(CodeRange range) {
  const float zero = 0;
  uint8_t code = 0;
  range.holds_all = false;
  Quantize(&zero, 1, range, &code);
  return code;
}

float CodeWidth(CodeRange range) {
  if (FitsFloat(range)) return Denominator(range) / 255.0f;
  return static_cast<float>(WideDenominator(range) / 255);
}

}  // namespace deepvision
