// What a person draws around the layers of a network: identity branches of skip
// connections (PASS_THROUGH), titles of blocks (MARKER) and modules whose value
// the file does not hold (IDENTITY).
//
// Threading: plain functions.
#ifndef DEEPVISION_CORE_GRAPH_BLOCKS_H_
#define DEEPVISION_CORE_GRAPH_BLOCKS_H_

#include "core/graph/dataflow.h"
#include "core/graph/topology_draft.h"

namespace deepvision {

// An addition of x and f(x) reads x through a node of its own, which stands
// beside the last node of f. Concatenations do not need one.
void AddPassThroughs(const Dataflow& flow, Drafts& drafts);

// A block is the smallest module that adds or concatenates in its own forward
// function, and every module of the same class. Its marker stands between what
// flows in and the nodes of the block that read it.
void AddMarkers(const Dataflow& flow, Drafts& drafts);

// Modules of which the file has neither argument nor result: no edges.
void AddIdentities(const Graph& graph, Drafts& drafts);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_BLOCKS_H_
