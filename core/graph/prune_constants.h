// The last step of a recording: what does not depend on the input becomes a
// constant, and what nobody can ask for is dropped.
//
// Threading: plain function.
#ifndef DEEPVISION_CORE_GRAPH_PRUNE_CONSTANTS_H_
#define DEEPVISION_CORE_GRAPH_PRUNE_CONSTANTS_H_

#include "core/graph/graph.h"

namespace deepvision {

// Takes a graph in which every operator that ran is a node and every value that
// was independent of the input while it ran still has its `constant`; returns
// the graph with nodes that depend on the input only, values, registers and
// nodes numbered anew, and `ids` filled in.
//
// A value independent of the input stays computed, run for run, when its memory
// is later written with something that depends on the input, or when it is read
// between two writes: its tensor then no longer holds what was read.
Graph PruneConstants(Graph graph);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_PRUNE_CONSTANTS_H_
