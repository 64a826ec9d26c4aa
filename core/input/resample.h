// Resizing with antialias, the same integers as Pillow's Image.resize: two passes
// over 8-bit values with weights of 22 bits. Private to core/input.
//
// OpenCV's filters differ from Pillow's by up to 76 levels, ATen's uint8 kernel by
// 1 (bilinear) or 2 (bicubic); networks were trained on Pillow's.
//
// Pillow begins with the pass across; from version 13 on with the one down when
// the height shrinks by more than twice the number of pixels that the width
// shrinks by. So do we. With another order the 8 bits in between round, and for
// bicubic clip, elsewhere.
//
// Threading: plain function; computes on the calling thread.
#ifndef DEEPVISION_CORE_INPUT_RESAMPLE_H_
#define DEEPVISION_CORE_INPUT_RESAMPLE_H_

#include "core/api/manifest.h"
#include "core/image/bitmap.h"

namespace deepvision {

// `picture` has 1 or 3 channels; width and height are at least 1. A side that
// does not change is not filtered.
Bitmap Resample(Bitmap picture, int width, int height, Interpolation interpolation);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_INPUT_RESAMPLE_H_
