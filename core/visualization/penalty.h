// What an image pays for being rough, saturated or unlike its blurred self; the
// formulae are written at PenaltyKind in core/api/visualization_spec.h (after
// total_variation, L1, L2 and blur_input_each_step of lucid/optvis/objectives.py).
//
// Shapes: image [1, channels, height, width]; results have no dimension.
// Differentiable; any float type. Threading: plain functions. Errors: torch's
// exceptions.
#ifndef DEEPVISION_CORE_VISUALIZATION_PENALTY_H_
#define DEEPVISION_CORE_VISUALIZATION_PENALTY_H_

#include <ATen/core/Tensor.h>

#include <vector>

#include "absl/status/status.h"
#include "core/api/visualization_spec.h"

namespace deepvision {

// kInvalidArgument: a weight that is no finite number.
absl::Status CheckPenalties(const std::vector<Penalty>& penalties);

// `middle`: the colour from which L1 and L2 are counted, 0.5 or 0.
at::Tensor PenaltyValue(PenaltyKind kind, const at::Tensor& image, double middle);

// The weighted sum; undefined when there are none.
at::Tensor PenaltySum(const std::vector<Penalty>& penalties, const at::Tensor& image,
                      double middle);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_PENALTY_H_
