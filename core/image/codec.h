// What DecodeImage is made of: one function per format. Private to core/image.
#ifndef DEEPVISION_CORE_IMAGE_CODEC_H_
#define DEEPVISION_CORE_IMAGE_CODEC_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/image/bitmap.h"
#include "core/image/decode.h"

namespace deepvision {

// RGB as stored, with the EXIF orientation (1 to 8) that remains to be applied.
struct StoredPicture {
  Bitmap bitmap;
  int orientation = 1;
};

absl::StatusOr<StoredPicture> DecodePng(const uint8_t* data, size_t size,
                                        const DecodeLimits& limits);
absl::StatusOr<StoredPicture> DecodeJpeg(const uint8_t* data, size_t size,
                                         const DecodeLimits& limits);
absl::StatusOr<StoredPicture> DecodeWebp(const uint8_t* data, size_t size,
                                         const DecodeLimits& limits);

// kResourceExhausted above the limit, kInvalidArgument for an empty side.
absl::Status CheckPictureSize(int64_t width, int64_t height, const DecodeLimits& limits);

// kInvalidArgument with reason IMAGE_UNREADABLE.
absl::Status UnreadablePicture(absl::string_view format, absl::string_view detail);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_IMAGE_CODEC_H_
