// A network whose feature maps lie with their channels last, [batch, H, W, C] in memory,
// for which torch has faster convolutions. The shapes that operators see are the same.
//
// The layout follows from the convolutions' weights: torch brings what such a convolution
// reads into the layout of its weights, and what other operators make of it keeps it.
//
// Private to core/visualization. Threading: plain function.
// Ownership: the new graph has convolution weights of its own and shares the other
// constants with the old one.
#ifndef DEEPVISION_CORE_VISUALIZATION_CHANNELS_LAST_H_
#define DEEPVISION_CORE_VISUALIZATION_CHANNELS_LAST_H_

#include <memory>
#include <vector>

#include "core/graph/graph.h"

namespace deepvision {

// Only `targets` are right in the result; equal within rounding. The graph as it is when
// what `targets` need has an operator that might ask for the layout of memory, or is of
// other numbers than float32.
std::shared_ptr<const Graph> UseChannelsLast(const Graph& graph,
                                             const std::vector<ValueId>& targets);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_CHANNELS_LAST_H_
