// The predecessor's regulariser: what it does to the image itself before each step,
// in this order:
//   1. pad by 2 * max_roll pixels, repeating the border
//   2. maybe (0.3) rotate by -max_degrees..max_degrees, nearest pixel, 0 outside
//   3. maybe (0.05) enlarge by 1..1 + max_scale, bilinear
//   4. Gauss, 5 x 5, deviation blur_sigma, 0 outside
//   5. cut out the middle, of the size before 1
//   6. maybe (0.3) roll by -max_roll..max_roll pixels along both axes
//   7. x <- (1 - p) x + p (x - mean) / deviation, p = distribution_pull
// Rotation and enlargement are computed as torchvision's rotate and affine do on
// tensors, step by step, so that the nearest pixel is the same one.
//
// Shapes: image [1, channels, height, width], any float type, no gradients.
// Threading: plain functions. Errors: torch's exceptions.
#ifndef DEEPVISION_CORE_VISUALIZATION_ROBUST_TRANSFORM_H_
#define DEEPVISION_CORE_VISUALIZATION_ROBUST_TRANSFORM_H_

#include <ATen/core/Tensor.h>

#include <array>
#include <optional>

#include "core/api/visualization_spec.h"
#include "core/visualization/unit_random.h"

namespace deepvision {

// The random part; unset: that step is left out.
struct RobustDraw {
  std::optional<double> degrees;  // anticlockwise
  std::optional<double> scale;
  std::optional<std::array<int64_t, 2>> roll;  // rows, columns
};

RobustDraw DrawRobust(const RobustMethod& method, UnitRandom& random);

at::Tensor RobustTransform(const at::Tensor& image, const RobustMethod& method,
                           const RobustDraw& draw);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_ROBUST_TRANSFORM_H_
