// Derives what people walk through, a Topology, from a Graph. The rules stand in
// core/graph/layers.h (what a layer is), blocks.h (skip connections and block
// titles), data_kind.h (shapes), tasks.h (roles) and layout.h (positions).
//
// Ids. A node's id resolves with FindValue to `values` of that node, except for
// the ids that this file makes:
//   "<join operator>/identity"  PASS_THROUGH; also in `extra_ids`
//   "<module call>/block"       MARKER, no value
//   "<module call>"             IDENTITY, no value in the file
//   "probabilities"             DERIVED, computed by the caller from the node
//                               with role SCORES ("probabilities/derived" when
//                               the network has a value of that name)
// No operator is called "identity" or "block", so they cannot be taken. The
// same id names the same value in both views and with or without markers.
//
// Threading: pure functions; no device, no clock.
#ifndef DEEPVISION_CORE_GRAPH_TOPOLOGY_H_
#define DEEPVISION_CORE_GRAPH_TOPOLOGY_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/api/topology.h"
#include "core/api/types.h"
#include "core/graph/graph.h"

namespace deepvision {

struct TopologyOptions {
  TopologyView view = TopologyView::kLayers;
  Task task = Task::kGuess;
  ScoreActivation score_activation = ScoreActivation::kGuess;
  int class_count = 0;  // 0: not known
  bool omit_markers = false;
};

struct LaidOutTopology {
  Topology topology;
  std::vector<ValueId> values;  // by node; kNone for MARKER, DERIVED, IDENTITY
  absl::flat_hash_map<std::string, ValueId> extra_ids;  // not in Graph::ids
};

LaidOutTopology MakeTopology(const Graph& graph, const TopologyOptions& options);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_TOPOLOGY_H_
