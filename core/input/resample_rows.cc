#include "core/input/resample_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/input/resample_rows.cc"
#include <hwy/foreach_target.h>  // compiles this file once per instruction set
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace deepvision {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int32_t kHalf = 1 << (kWeightBits - 1);

uint8_t ClipSum(int32_t sum) {
  sum >>= kWeightBits;
  return static_cast<uint8_t>(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

#if HWY_TARGET == HWY_SCALAR
// A processor without SIMD.
void RgbRow(const uint8_t* row, const Taps& taps, uint8_t* out) {
  for (size_t i = 0; i < taps.outputs(); ++i) {
    for (int colour = 0; colour < 3; ++colour) {
      const uint8_t* value = row + 3 * taps.first[i] + colour;
      int32_t sum = kHalf;
      for (int k = 0; k < taps.count[i]; ++k) sum += value[3 * k] * taps.WeightsOf(i)[k];
      *out++ = ClipSum(sum);
    }
  }
}
#else
// The three colours of a pixel, and a fourth lane that nobody reads.
void RgbRow(const uint8_t* row, const Taps& taps, uint8_t* out) {
  const hn::FixedTag<int32_t, 4> sums;
  const hn::Rebind<uint8_t, decltype(sums)> bytes;
  for (size_t i = 0; i < taps.outputs(); ++i, out += 3) {
    const int32_t* weights = taps.WeightsOf(i);
    const uint8_t* pixel = row + 3 * taps.first[i];
    auto sum = hn::Set(sums, kHalf);
    for (int k = 0; k < taps.count[i]; ++k, pixel += 3) {
      const auto colours = hn::PromoteTo(sums, hn::LoadU(bytes, pixel));
      sum = hn::Add(sum, hn::Mul(colours, hn::Set(sums, weights[k])));
    }
    hn::StoreU(hn::DemoteTo(bytes, hn::ShiftRight<kWeightBits>(sum)), bytes, out);
  }
}
#endif

void GrayRow(const uint8_t* row, const Taps& taps, uint8_t* out) {
  for (size_t i = 0; i < taps.outputs(); ++i) {
    const int32_t* weights = taps.WeightsOf(i);
    int32_t sum = kHalf;
    for (int k = 0; k < taps.count[i]; ++k) sum += row[taps.first[i] + k] * weights[k];
    out[i] = ClipSum(sum);
  }
}

void Row(const uint8_t* row, int channels, const Taps& taps, uint8_t* out) {
  channels == 1 ? GrayRow(row, taps, out) : RgbRow(row, taps, out);
}

void Column(const uint8_t* rows, size_t row_bytes, const Taps& taps, size_t output, uint8_t* out) {
  const hn::ScalableTag<int32_t> sums;
  const hn::Rebind<uint8_t, decltype(sums)> bytes;
  const int32_t* weights = taps.WeightsOf(output);
  const uint8_t* first = rows + static_cast<size_t>(taps.first[output]) * row_bytes;
  const size_t count = static_cast<size_t>(taps.count[output]);
  size_t x = 0;
  for (; x + hn::Lanes(sums) <= row_bytes; x += hn::Lanes(sums)) {
    auto sum = hn::Set(sums, kHalf);
    for (size_t k = 0; k < count; ++k) {
      const auto values = hn::PromoteTo(sums, hn::LoadU(bytes, first + k * row_bytes + x));
      sum = hn::Add(sum, hn::Mul(values, hn::Set(sums, weights[k])));
    }
    hn::StoreU(hn::DemoteTo(bytes, hn::ShiftRight<kWeightBits>(sum)), bytes, out + x);
  }
  for (; x < row_bytes; ++x) {
    int32_t sum = kHalf;
    for (size_t k = 0; k < count; ++k) sum += first[k * row_bytes + x] * weights[k];
    out[x] = ClipSum(sum);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace deepvision
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace deepvision {

HWY_EXPORT(Row);
HWY_EXPORT(Column);

void ResampleRow(const uint8_t* row, int channels, const Taps& taps, uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(Row)(row, channels, taps, out);
}

void ResampleColumn(const uint8_t* rows, size_t row_bytes, const Taps& taps, size_t output,
                    uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(Column)(rows, row_bytes, taps, output, out);
}

}  // namespace deepvision
#endif  // HWY_ONCE
