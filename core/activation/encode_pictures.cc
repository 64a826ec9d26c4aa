#include "core/activation/encode_pictures.h"

#include <cstddef>
#include <utility>

#include "core/base/status_macros.h"
#include "core/image/bitmap.h"
#include "core/image/encode.h"

namespace deepvision {

PictureStack PicturesOf(const EncodedSize& size, DataKind kind) {
  if (size.sheet.has_value()) {
    return {size.sheet->sheet_count, size.sheet->sheet_width, size.sheet->sheet_height};
  }
  const Shape& shape = size.shape;
  switch (kind) {
    case DataKind::kFeatureMap:
      return {shape[0], static_cast<int>(shape[2]), static_cast<int>(shape[1])};
    case DataKind::kTokens:
      return {1, static_cast<int>(shape[1]), static_cast<int>(shape[0])};
    default:
      return {1, static_cast<int>(shape[0]), 1};
  }
}

absl::StatusOr<EncodedPictures> EncodePictures(const uint8_t* codes, const PictureStack& stack) {
  const size_t row_bytes = static_cast<size_t>(stack.width);
  const size_t picture_bytes = row_bytes * static_cast<size_t>(stack.height);
  std::vector<uint8_t> bytes;
  EncodedPictures pictures;
  pictures.part_bytes.reserve(static_cast<size_t>(stack.count));
  for (int64_t i = 0; i < stack.count; ++i) {
    const BitmapView view{codes + i * picture_bytes, stack.width, stack.height, 1, row_bytes};
    DV_ASSIGN_OR_RETURN(const HostBuffer png, EncodePng(view));
    bytes.insert(bytes.end(), png.data(), png.data() + png.size());
    pictures.part_bytes.push_back(png.size());
  }
  pictures.bytes = HostBuffer(std::move(bytes));
  return pictures;
}

EncodedPictures JoinPictures(const std::vector<EncodedPictures>& parts) {
  size_t size = 0;
  for (const EncodedPictures& part : parts) size += part.bytes.size();
  std::vector<uint8_t> bytes;
  bytes.reserve(size);
  EncodedPictures joined;
  for (const EncodedPictures& part : parts) {
    bytes.insert(bytes.end(), part.bytes.data(), part.bytes.data() + part.bytes.size());
    joined.part_bytes.insert(joined.part_bytes.end(), part.part_bytes.begin(),
                             part.part_bytes.end());
  }
  joined.bytes = HostBuffer(std::move(bytes));
  return joined;
}

}  // namespace deepvision
