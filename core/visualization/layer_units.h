// A layer's value as units at positions. Private to core/visualization.
//
// Threading: plain functions. Errors: torch's exceptions.
#ifndef DEEPVISION_CORE_VISUALIZATION_LAYER_UNITS_H_
#define DEEPVISION_CORE_VISUALIZATION_LAYER_UNITS_H_

#include <ATen/core/Tensor.h>

#include "core/api/types.h"

namespace deepvision {

// [1, …] of one image -> [units, positions]; positions row by row.
at::Tensor UnitsAtPositions(const at::Tensor& value, DataKind kind);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_LAYER_UNITS_H_
