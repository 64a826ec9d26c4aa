// Pixels -> PNG and JPEG files in memory.
//
//   DV_ASSIGN_OR_RETURN(HostBuffer png, EncodePng(bitmap.View()));
//
// Made for speed: pictures are shown and thrown away. A PNG is filtered and
// deflated with SIMD (several times faster than libpng's fastest setting, at
// about its size); equal pixels give equal bytes on one machine.
//
// Threading: plain functions; they compute on the calling thread.
// Errors: kInvalidArgument for a view without pixels, with a side above 65500,
// or with a number of channels that the format does not have.
#ifndef DEEPVISION_CORE_IMAGE_ENCODE_H_
#define DEEPVISION_CORE_IMAGE_ENCODE_H_

#include "absl/status/statusor.h"
#include "core/api/host_buffer.h"
#include "core/image/bitmap.h"

namespace deepvision {

// 8 bits per channel; 1 (gray), 3 (RGB) or 4 (RGBA) channels.
absl::StatusOr<HostBuffer> EncodePng(const BitmapView& view);

// 1 (gray) or 3 (RGB) channels; `quality` is libjpeg's, 1 to 100.
absl::StatusOr<HostBuffer> EncodeJpeg(const BitmapView& view, int quality = 90);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_IMAGE_ENCODE_H_
