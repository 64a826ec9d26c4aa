// The inner loops of Resample, with SIMD chosen when the program runs. Private to
// core/input.
//
// An output value is clip((2^21 + sum over taps of value * weight) >> 22): the
// same integers on every machine.
//
// Threading: plain functions.
#ifndef DEEPVISION_CORE_INPUT_RESAMPLE_ROWS_H_
#define DEEPVISION_CORE_INPUT_RESAMPLE_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace deepvision {

constexpr int kWeightBits = 22;

// Which inputs make each output, and with which weights.
struct Taps {
  int per_output = 0;            // room in `weights`
  std::vector<int> first;        // per output: its first input
  std::vector<int> count;        // per output: at most per_output
  std::vector<int32_t> weights;  // [outputs, per_output]

  size_t outputs() const { return first.size(); }
  const int32_t* WeightsOf(size_t output) const {
    return weights.data() + output * static_cast<size_t>(per_output);
  }
};

// Bytes behind a row that may be read, and written with anything.
constexpr size_t kRowPadding = 4;

// A row of pixels of 1 or 3 `channels` -> a row of taps.outputs() pixels. Reads
// up to kRowPadding bytes behind `row` and writes as many behind `out`.
void ResampleRow(const uint8_t* row, int channels, const Taps& taps, uint8_t* out);

// The rows that make output `output` -> one row of `row_bytes` bytes. `rows` is
// row 0 of the input.
void ResampleColumn(const uint8_t* rows, size_t row_bytes, const Taps& taps, size_t output,
                    uint8_t* out);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_INPUT_RESAMPLE_ROWS_H_
