// Images of units that nobody optimised: a formula of unit, step and position.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_TESTS_SUPPORT_FAKE_PICTURES_H_
#define DEEPVISION_TESTS_SUPPORT_FAKE_PICTURES_H_

#include <utility>
#include <vector>

#include "core/api/visualization_sink.h"

namespace deepvision {

// One image of `side` x `side` before max_side. JPEG is PNG, alpha is 255.
EncodedImageData DrawFakeImage(int unit, int image, int step, int side,
                               const VisualizationView& view);

// (unit, image, step; -1: not begun) as tiles of one sheet; sets its geometry.
struct FakeTile {
  int unit = 0;
  int image = 0;
  int step = -1;
};
VisualizationPicture DrawFakeSheet(const std::vector<FakeTile>& tiles, int side,
                                   const VisualizationView& view);

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_FAKE_PICTURES_H_
