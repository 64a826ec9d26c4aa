// Nodes of a topology while it is being made. A node is known by its position in
// the list of drafts, which only grows, until FinishTopology puts all in order.
#ifndef DEEPVISION_CORE_GRAPH_TOPOLOGY_DRAFT_H_
#define DEEPVISION_CORE_GRAPH_TOPOLOGY_DRAFT_H_

#include <cstdint>
#include <vector>

#include "core/api/topology.h"
#include "core/graph/graph.h"

namespace deepvision {

struct Draft {
  TopologyNode node;                       // without predecessors and position
  ValueId value = kNone;                   // behind the node; kNone where there is none
  NodeId head = kNone;                     // operator in the title
  CallId call = kNone;                     // module call that it belongs to
  std::vector<int> predecessors;           // drafts
  std::vector<std::vector<int>> operands;  // see Layer::operands
  // Nodes stand in this order as far as their edges allow: four times the last
  // operator, plus an offset.
  int64_t order = 0;
};

using Drafts = std::vector<Draft>;

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_TOPOLOGY_DRAFT_H_
