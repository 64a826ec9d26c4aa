#include "core/image/picture.h"

#include <utility>
#include <vector>

#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/image/encode.h"
#include "core/image/transform.h"

namespace deepvision {
namespace {

void CopyPixels(const uint8_t* from, int width, int channels, uint8_t* to) {
  for (int x = 0; x < width; ++x, from += 3) {
    for (int c = 0; c < 3; ++c) *to++ = from[c];
    if (channels == 4) *to++ = 255;
  }
}

HostBuffer RawPixels(const BitmapView& rgb, int channels, RowOrder order) {
  const size_t row_bytes = static_cast<size_t>(rgb.width) * static_cast<size_t>(channels);
  std::vector<uint8_t> bytes(row_bytes * static_cast<size_t>(rgb.height));
  for (int y = 0; y < rgb.height; ++y) {
    const int row = order == RowOrder::kBottomUp ? rgb.height - 1 - y : y;
    CopyPixels(rgb.Row(row), rgb.width, channels,
               bytes.data() + static_cast<size_t>(y) * row_bytes);
  }
  return HostBuffer(std::move(bytes));
}

absl::StatusOr<HostBuffer> Write(Bitmap bitmap, const ImageFormat& format) {
  switch (format.encoding) {
    case ImageEncoding::kPng:
      return EncodePng(bitmap.View());
    case ImageEncoding::kJpeg:
      return EncodeJpeg(bitmap.View());
    case ImageEncoding::kRgb8:
      return RawPixels(ToRgb(std::move(bitmap)).View(), 3, format.row_order);
    case ImageEncoding::kRgba8:
      return RawPixels(ToRgb(std::move(bitmap)).View(), 4, format.row_order);
  }
  return absl::InvalidArgumentError("encoding: unknown");
}

}  // namespace

absl::StatusOr<EncodedPicture> EncodePicture(Bitmap bitmap, const ImageFormat& format) {
  EncodedPicture picture;
  picture.format = format;
  picture.full_width = bitmap.width;
  picture.full_height = bitmap.height;
  DV_ASSIGN_OR_RETURN(Bitmap reduced, ReduceToSide(std::move(bitmap), format.max_side));
  picture.width = reduced.width;
  picture.height = reduced.height;
  DV_ASSIGN_OR_RETURN(picture.bytes, Write(std::move(reduced), format));
  picture.crc32 = Crc32(picture.bytes.data(), picture.bytes.size());
  return picture;
}

}  // namespace deepvision
