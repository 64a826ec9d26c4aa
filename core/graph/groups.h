// The module tree over the nodes of a topology.
//
// Threading: plain functions.
#ifndef DEEPVISION_CORE_GRAPH_GROUPS_H_
#define DEEPVISION_CORE_GRAPH_GROUPS_H_

#include <vector>

#include "core/api/topology.h"
#include "core/graph/graph.h"

namespace deepvision {

// A group for each module call (but the network's own) that holds nodes and has
// modules inside or several nodes, parents before children. `calls[i]` is the
// call that node i belongs to, or kNone.
std::vector<TopologyGroup> MakeGroups(const Graph& graph, const std::vector<CallId>& calls);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_GROUPS_H_
