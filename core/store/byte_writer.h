// Values as bytes that stand for these values and for no others: numbers as 8
// bytes little-endian, texts and lists after their length. ByteReader reads them.
//
// Threading: belongs to one thread.
#ifndef DEEPVISION_CORE_STORE_BYTE_WRITER_H_
#define DEEPVISION_CORE_STORE_BYTE_WRITER_H_

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/api/host_buffer.h"

namespace deepvision {

class ByteWriter {
 public:
  void Unsigned(uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>(value >> shift);
  }
  void Integer(int64_t value) { Unsigned(static_cast<uint64_t>(value)); }
  void Flag(bool value) { bytes_ += value ? '\1' : '\0'; }

  // The bits of the double: 0 for -0, one pattern for every NaN.
  void Real(double value) {
    if (value == 0) value = 0;
    if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
    Unsigned(std::bit_cast<uint64_t>(value));
  }

  void Text(absl::string_view text) {
    Unsigned(text.size());
    bytes_.append(text.data(), text.size());
  }

  void Reals(const std::vector<double>& values) {
    Unsigned(values.size());
    for (const double value : values) Real(value);
  }
  void Reals(const std::vector<float>& values) {
    Unsigned(values.size());
    for (const float value : values) Real(value);
  }

  void Optional(const std::optional<int>& value) {
    Flag(value.has_value());
    if (value.has_value()) Integer(*value);
  }

  // Bytes that begin at a multiple of kAlignment, so that numbers can be read in
  // place.
  static constexpr size_t kAlignment = 16;
  void Block(const HostBuffer& block) {
    Unsigned(block.size());
    bytes_.resize((bytes_.size() + kAlignment - 1) / kAlignment * kAlignment);
    bytes_.append(reinterpret_cast<const char*>(block.data()), block.size());
  }

  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_STORE_BYTE_WRITER_H_
