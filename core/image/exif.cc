#include "core/image/exif.h"

#include <cstring>

namespace deepvision {
namespace {

constexpr uint32_t kOrientationTag = 0x0112;
constexpr uint32_t kShortType = 3;
constexpr size_t kEntryBytes = 12;

// The TIFF structure inside of EXIF: numbers in the byte order that it declares,
// 0 where it ends too early.
class TiffReader {
 public:
  TiffReader(const uint8_t* data, size_t size) : data_(data), size_(size) {
    little_endian_ = size >= 2 && data[0] == 'I' && data[1] == 'I';
    valid_ = little_endian_ || (size >= 2 && data[0] == 'M' && data[1] == 'M');
  }

  bool valid() const { return valid_ && Number(2, 2) == 42; }

  uint32_t Number(size_t offset, size_t bytes) const {
    if (offset > size_ || size_ - offset < bytes) return 0;
    uint32_t value = 0;
    for (size_t i = 0; i < bytes; ++i) {
      const uint32_t byte = data_[offset + i];
      value = little_endian_ ? value | byte << (8 * i) : value << 8 | byte;
    }
    return value;
  }

 private:
  const uint8_t* data_;
  size_t size_;
  bool little_endian_ = false;
  bool valid_ = false;
};

}  // namespace

int ExifOrientation(const uint8_t* data, size_t size) {
  if (size >= 6 && std::memcmp(data, "Exif\0\0", 6) == 0) {
    data += 6;
    size -= 6;
  }
  const TiffReader tiff(data, size);
  if (!tiff.valid()) return 1;
  const size_t directory = tiff.Number(4, 4);
  const size_t count = tiff.Number(directory, 2);
  for (size_t i = 0; i < count; ++i) {
    const size_t entry = directory + 2 + i * kEntryBytes;
    if (tiff.Number(entry, 2) != kOrientationTag) continue;
    const uint32_t value = tiff.Number(entry + 2, 2) == kShortType ? tiff.Number(entry + 8, 2) : 0;
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace deepvision
