// Layers as people name them: a head operator with the normalisation,
// activation and other small operators that nothing else comes between.
//
// * A head (convolution, linear, pooling, attention, a join of two values, a
//   concatenation, …) begins a layer.
// * A trailing operator joins the layer whose value it reads, provided that
//   nothing else reads that value and that maps are not permuted or flattened
//   in between; otherwise it begins a layer of its own.
// * A structural operator (reshape, permute, slice, …) joins in the same way
//   but makes no layer: where it cannot join, the layers after it read through
//   it. A layer does not end in one, except where it is the network's output,
//   turns [C, 1, 1] into [C], or completes what a module returns without taking
//   the picture apart. So the layer before a `flatten` still has its maps.
// * Arithmetic with a plain number is treated as structural.
//
// Threading: plain functions.
#ifndef DEEPVISION_CORE_GRAPH_LAYERS_H_
#define DEEPVISION_CORE_GRAPH_LAYERS_H_

#include <vector>

#include "core/graph/data_kind.h"
#include "core/graph/dataflow.h"
#include "core/graph/graph.h"

namespace deepvision {

struct Layer {
  std::vector<NodeId> nodes;  // in execution order, the head first; empty for the input
  ValueId value = kNone;      // of the last operator
  // Layers that the head reads, as ascending indices: for each of its sources
  // (OperatorFlow::sources), and together.
  std::vector<std::vector<int>> operands;
  std::vector<int> predecessors;
};

// The input, then the layers in the order in which their values exist; every
// predecessor stands before its layer.
std::vector<Layer> FindLayers(const Dataflow& flow, const DataKinds& kinds);

// The same for the OPERATORS view: every operator that depends on the input.
std::vector<Layer> EveryOperator(const Dataflow& flow);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_LAYERS_H_
