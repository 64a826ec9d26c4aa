// Reduces maps by averaging areas: output pixel (y, x) is the mean of the input
// over the rectangle [y * H/h, (y+1) * H/h) x [x * W/w, (x+1) * W/w), pixels
// that lie in it partly weighted by their share. The mean of a map stays what it
// was. A NaN or an infinity spreads to the output pixels that it is part of, and
// to no others.
//
// Threading: pure function.
#ifndef DEEPVISION_CORE_ACTIVATION_AVERAGE_AREAS_H_
#define DEEPVISION_CORE_ACTIVATION_AVERAGE_AREAS_H_

#include <cstdint>

namespace deepvision {

struct MapSize {
  int64_t height = 0;
  int64_t width = 0;
};

// `maps` is [count, from.height, from.width], `reduced` [count, to.height,
// to.width], both C-contiguous; sizes at least 1 and `to` not larger than
// `from`.
void AverageAreas(const float* maps, int64_t count, MapSize from, MapSize to, float* reduced);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_AVERAGE_AREAS_H_
