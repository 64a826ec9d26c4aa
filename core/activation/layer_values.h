// A captured tensor as the plain float32 numbers that encoders, statistics and
// histograms read.
//
// Shapes: a captured value is [1, ...]; results are without that dimension, see
// core/activation/plan_layer.h.
// Ownership: results share the memory of `value` where they can.
// Threading: pure functions, but they run torch: on the device worker only.
// Errors: torch's exceptions; call inside CallTorch.
#ifndef DEEPVISION_CORE_ACTIVATION_LAYER_VALUES_H_
#define DEEPVISION_CORE_ACTIVATION_LAYER_VALUES_H_

#include <ATen/core/Tensor.h>

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/api/types.h"

namespace deepvision {

// The shape without the batch dimension. A value of kind OTHER whose first size
// is not 1 has no batch dimension and keeps its shape; kInternal when another
// kind has one.
absl::StatusOr<Shape> ShapeWithoutBatch(const at::Tensor& value, DataKind kind);

// kFailedPrecondition for numbers that are not real (complex).
absl::Status CheckNumberType(const at::Tensor& value);

// Any tensor in host memory, strided, C-contiguous and cut off from autograd:
// float64 stays, everything else becomes float32. Shares memory where it can.
at::Tensor HostValues(const at::Tensor& tensor);

// The values of the given channels (empty: all) as float32 in host memory,
// C-contiguous in the order of the dimensions whatever the memory layout was.
// Numbers of other types are converted (quantised ones dequantised); float64
// beyond float32 becomes infinite. `value` itself, without a copy, when it is
// all that already.
at::Tensor LayerValues(const at::Tensor& value, DataKind kind, const std::vector<int>& channels);

// [channels, values per channel], contiguous; copies TOKENS only.
at::Tensor ByChannel(const at::Tensor& values, DataKind kind);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_LAYER_VALUES_H_
