// Pictures reduced to what is worth sending, or keeping of an image's way.
//
// Threading: plain functions.
#ifndef DEEPVISION_CORE_ENGINE_SMALL_PICTURE_H_
#define DEEPVISION_CORE_ENGINE_SMALL_PICTURE_H_

#include <cstdint>

#include "core/engine/visualization_worker.h"
#include "core/store/visualization_record.h"

namespace deepvision {

// All that `picture` has, its longer side reduced to at most `max_side` by averaging
// areas; 0, or no smaller: as it is.
RawPicture ReducedPicture(const RawPicture& picture, int max_side);

// 0..1 as 0..255, rounded; beyond, the nearest; 0 for NaN.
uint8_t CodeOf(float value);

// `picture` as it is shown, reduced, in 8 bits. Step and objective are the caller's.
RecordedSnapshot ReducedSnapshot(const RawPicture& picture, int max_side = 128);

// The snapshot as a picture of its own size.
RawPicture PictureOf(const RecordedSnapshot& snapshot);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_SMALL_PICTURE_H_
