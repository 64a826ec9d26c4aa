// A picture of any size -> the size that a network reads, in uint8, as
// torchvision's transforms make it from a Pillow image. Private to core/input.
//
// Resizing is Pillow's, bit for bit (core/input/resample.h). A picture that has
// the right size already is not touched.
//
// Threading: plain functions; they compute on the calling thread.
#ifndef DEEPVISION_CORE_INPUT_FIT_H_
#define DEEPVISION_CORE_INPUT_FIT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "core/api/manifest.h"
#include "core/image/bitmap.h"

namespace deepvision {

// Where a picture goes: it is resized to width x height, of which the target
// shows the part that begins at (left, top). Negative offsets and parts beyond
// the edges are black.
struct Placement {
  int64_t width = 0;
  int64_t height = 0;
  int64_t left = 0;
  int64_t top = 0;
};

//   kCenterCrop  Resize(resize_shorter_side), CenterCrop((height, width))
//   kStretch     Resize((height, width))
//   kLetterbox   Pillow's ImageOps.pad with black: the largest size that fits,
//                in the middle, at least one pixel wide and high
Placement PlacePicture(int width, int height, const Preprocessing& to);

// `picture` has 1 or 3 channels. kInvalidArgument when the resized picture would
// have more than `max_pixels` pixels (one that is extremely long or flat).
absl::StatusOr<Bitmap> FitPicture(Bitmap picture, const Preprocessing& to, int64_t max_pixels);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_INPUT_FIT_H_
