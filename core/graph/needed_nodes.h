// Which nodes of a graph must run for some targets, when some values exist
// already. Pure: looks at the graph only.
//
// An available value ends the search: what it was computed from is not needed on
// its account. Memory that is written in place asks for care. Values that share
// memory must be written together, so when the nodes that run write to memory of
// which they know more than one tensor (a value and a view of it), the available
// values of that memory are not used and everything in it is computed anew.
//
// Threading: plain function.
#ifndef DEEPVISION_CORE_GRAPH_NEEDED_NODES_H_
#define DEEPVISION_CORE_GRAPH_NEEDED_NODES_H_

#include <vector>

#include "absl/container/flat_hash_set.h"
#include "core/graph/graph.h"

namespace deepvision {

enum class GuardChecks {
  kNeeded,  // those that the targets depend on
  kAll,
  kNone,  // somebody has checked them for this input
};

struct NeededNodes {
  std::vector<bool> runs;  // by node
  // The available values among the arguments of those nodes; the others must be
  // computed. (A target that is available is handed out as it is.)
  absl::flat_hash_set<ValueId> taken;
};

NeededNodes FindNeededNodes(const Graph& graph, const std::vector<ValueId>& targets,
                            const absl::flat_hash_set<ValueId>& available, GuardChecks guards);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_NEEDED_NODES_H_
