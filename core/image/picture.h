// A bitmap -> the picture of a stream: reduced, written as asked, with its
// checksum.
//
//   DV_ASSIGN_OR_RETURN(EncodedPicture picture, EncodePicture(bitmap, query.format));
//   picture.index = index;  // and label, class_name: the caller's
//
// Threading: plain function; computes on the calling thread.
#ifndef DEEPVISION_CORE_IMAGE_PICTURE_H_
#define DEEPVISION_CORE_IMAGE_PICTURE_H_

#include "absl/status/statusor.h"
#include "core/api/dataset.h"
#include "core/image/bitmap.h"

namespace deepvision {

// `bitmap` is gray or RGB; RGB8 and RGBA8 (alpha 255) have their colour triple
// in either case. PNG and JPEG ignore the row order: their files have their own.
// kInvalidArgument for a negative format.max_side.
absl::StatusOr<EncodedPicture> EncodePicture(Bitmap bitmap, const ImageFormat& format);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_IMAGE_PICTURE_H_
