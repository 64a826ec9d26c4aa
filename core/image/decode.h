// A file in memory (PNG, JPEG or WebP) -> pixels.
//
//   DV_ASSIGN_OR_RETURN(Bitmap picture, DecodeImage(bytes, size, DecodeLimits()));
//
// The sizes stand in the file's header and are checked before memory is taken
// for the pixels. Every file has one defined result, equal to what Pillow's
// `ImageOps.exif_transpose(Image.open(file)).convert("RGB")` gives with the same
// codec libraries, but for the one case marked (*):
//   16 bits per channel   the upper 8 bits; (*) gray ones too
//   gray, 1 to 8 bits     spread over 0..255, the same in each channel
//   palette               its colours
//   alpha, transparency   dropped; the colours stay as they are stored
//   CMYK, YCCK            inverted, as Adobe writes them, and multiplied:
//                         red = (255 - cyan) * (255 - black) / 255
//   EXIF orientation      applied (JPEG's APP1, PNG's eXIf, WebP's EXIF)
//   animations            the first frame
//   colour profiles       ignored, as gAMA and other colour spaces
//
// Threading: plain function; computes on the calling thread.
//
// Errors:
//   kInvalidArgument    not a PNG, JPEG or WebP (the text says what it looks
//                       like), cut off or damaged
//   kResourceExhausted  more pixels than `limits` allow; reason IMAGE_TOO_LARGE
#ifndef DEEPVISION_CORE_IMAGE_DECODE_H_
#define DEEPVISION_CORE_IMAGE_DECODE_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "core/image/bitmap.h"

namespace deepvision {

struct DecodeLimits {
  int64_t max_pixels = int64_t{64} << 20;
};

enum class ColorMode { kRgb, kGray };

// Three channels, or one: the luma of the RGB picture, see ToGray.
absl::StatusOr<Bitmap> DecodeImage(const void* data, size_t size, const DecodeLimits& limits = {},
                                   ColorMode mode = ColorMode::kRgb);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_IMAGE_DECODE_H_
