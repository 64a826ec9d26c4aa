// Histograms of layers and weights, equal to numpy.histogram(values, bins):
// equal-width bins on [minimum, maximum] of the finite values, the last bin
// closed, a constant widened by 0.5 on both sides. NaN and infinities are
// counted apart. Without any finite value the edges are those of [0, 1].
//
// float32 and smaller types are counted in float32 arithmetic, float64 in
// float64, as NumPy 2 does for arrays of that type; the edges are those numbers.
// Where NumPy refuses because float32 cannot tell the edges apart (or their
// difference overflows), float64 is used; there a constant is widened by more
// than 0.5 when that is lost in rounding.
//
// Threading: run torch: on the device worker only. Block while they count.
#ifndef DEEPVISION_CORE_ACTIVATION_HISTOGRAM_H_
#define DEEPVISION_CORE_ACTIVATION_HISTOGRAM_H_

#include <ATen/core/Tensor.h>

#include <vector>

#include "absl/status/statusor.h"
#include "core/api/network.h"
#include "core/api/types.h"

namespace deepvision {

// One histogram, or one per channel in their order (`Histogram::channel` set).
// The names in the result are left to the caller.
//
// `value` is [1, ...] as for EncodeLayer. Errors:
//   kInvalidArgument     bins is not between 2 and 1024
//   kFailedPrecondition  the numbers are complex, or too far apart for float64
//   kInternal            torch failed: our bug
absl::StatusOr<std::vector<Histogram>> LayerHistograms(const at::Tensor& value, DataKind kind,
                                                       bool per_channel, int bins);

// As above for a parameter without batch dimension; its first dimension counts
// as channels.
absl::StatusOr<std::vector<Histogram>> WeightHistograms(const at::Tensor& weight, bool per_channel,
                                                        int bins);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_HISTOGRAM_H_
