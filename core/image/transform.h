// Small operations on bitmaps: orientation, gray, size, row order.
//
// Threading: plain functions; they compute on the calling thread alone.
#ifndef DEEPVISION_CORE_IMAGE_TRANSFORM_H_
#define DEEPVISION_CORE_IMAGE_TRANSFORM_H_

#include "absl/status/statusor.h"
#include "core/image/bitmap.h"

namespace deepvision {

// Turns and mirrors a stored picture so that it stands upright. `orientation` is
// EXIF's, 1 to 8.
absl::StatusOr<Bitmap> ApplyOrientation(Bitmap stored, int orientation);

// RGB -> one channel, the luma of ITU-R BT.601 with Pillow's rounding:
// (19595 R + 38470 G + 7471 B + 32768) >> 16. A gray bitmap stays as it is.
Bitmap ToGray(Bitmap picture);

// One channel -> three equal ones. An RGB bitmap stays as it is.
Bitmap ToRgb(Bitmap picture);

// The picture with its longer side reduced to `max_side` by averaging areas; the
// shorter one keeps the proportions (rounded, at least 1). Never enlarges; 0
// means no limit. kInvalidArgument for a negative `max_side`.
absl::StatusOr<Bitmap> ReduceToSide(Bitmap picture, int max_side);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_IMAGE_TRANSFORM_H_
