// Where the nodes of a topology stand: a stage (distance from the input) and a
// lane (beside one another), as a person would draw them.
//
// * Stage: the longest path from the input; what has room before its readers
//   moves as far towards them as it can, so a skip connection stands beside the
//   last convolution of its block. Every stage has a node.
// * Lane: the longest chain has lane 0; each branch gets the smallest lane that
//   is free over all stages that it spans; nodes without edges come last.
// * No two nodes share a position. The result depends on the arguments only.
//
// Threading: plain functions. Cost: nodes + edges, and lanes * stages.
#ifndef DEEPVISION_CORE_GRAPH_LAYOUT_H_
#define DEEPVISION_CORE_GRAPH_LAYOUT_H_

#include <vector>

namespace deepvision {

struct LayoutNode {
  std::vector<int> predecessors;  // indices below this node's
  // >= 0: a node without edges, to be drawn in the stage of that node.
  int beside = -1;
};

struct Position {
  int stage = 0;
  int lane = 0;
};

struct Layout {
  std::vector<Position> positions;  // by node
  int stage_count = 0;
  int lane_count = 0;
};

Layout LayOut(const std::vector<LayoutNode>& nodes);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_LAYOUT_H_
