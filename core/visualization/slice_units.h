// A network that computes of its last layer only the unit that each image is
// optimised for: what makes the layer (a convolution or a linear operator, and the
// normalisation, activations, sums and depthwise convolutions behind it) runs image by image with
// the weights of one unit.
//
//   auto units = std::make_shared<SampleUnits>();
//   auto graph = SliceToUnits(*network, layer.value, layer.kind, units);
//   if (graph != nullptr) units->units = {3, 12, …};   // before a run
//
// The layer's value is then [samples, 1, H, W], [samples, T, 1] or [samples, 1], equal
// to the unit's within rounding: other kernels run for other sizes.
//
// Private to core/visualization.
// Threading: `units` may be changed between runs, by the thread that runs.
// Ownership: the new graph shares constants with the old one.
#ifndef DEEPVISION_CORE_VISUALIZATION_SLICE_UNITS_H_
#define DEEPVISION_CORE_VISUALIZATION_SLICE_UNITS_H_

#include <memory>
#include <vector>

#include "core/api/types.h"
#include "core/graph/graph.h"

namespace deepvision {

struct SampleUnits {
  std::vector<int> units;  // one per sample of the batch
};

// nullptr where the operators do not allow it. Only `layer` is right in the result,
// not what is computed on the way to it or from it.
std::shared_ptr<const Graph> SliceToUnits(const Graph& graph, ValueId layer, DataKind kind,
                                          std::shared_ptr<const SampleUnits> units);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_SLICE_UNITS_H_
