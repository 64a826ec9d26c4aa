// Batch normalisations that become part of the convolution before them. In a network
// that does not learn both are linear, so one convolution with other weights does:
//
//   s = weight / sqrt(running_var + eps)
//   w' = w s,  b' = (b - running_mean) s + bias     per channel
//
// Equal within rounding; the new weights are computed in float64.
//
// Private to core/visualization. Threading: plain function.
// Ownership: the new graph shares the other constants with the old one.
#ifndef DEEPVISION_CORE_VISUALIZATION_FOLD_NORMS_H_
#define DEEPVISION_CORE_VISUALIZATION_FOLD_NORMS_H_

#include <memory>
#include <vector>

#include "core/graph/graph.h"

namespace deepvision {

// Only `targets` are right in the result, and what else depends on them: not the values
// between a convolution and its normalisation. Convolutions whose value is a target, or
// is used by anything else than one normalisation, stay.
std::shared_ptr<const Graph> FoldNorms(const Graph& graph, const std::vector<ValueId>& targets);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_FOLD_NORMS_H_
