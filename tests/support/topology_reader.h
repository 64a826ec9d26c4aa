// Short questions to a topology, for tests.
#ifndef DEEPVISION_TESTS_SUPPORT_TOPOLOGY_READER_H_
#define DEEPVISION_TESTS_SUPPORT_TOPOLOGY_READER_H_

#include <string>
#include <vector>

#include "core/graph/topology.h"

namespace deepvision {

using Names = std::vector<std::string>;

inline Names Ids(const LaidOutTopology& made) {
  Names ids;
  for (const TopologyNode& node : made.topology.nodes) ids.push_back(node.id);
  return ids;
}

inline Names Titles(const LaidOutTopology& made) {
  Names titles;
  for (const TopologyNode& node : made.topology.nodes) titles.push_back(node.title);
  return titles;
}

// The node called `id`; an empty node of kind IDENTITY when there is none.
inline TopologyNode NodeOf(const LaidOutTopology& made, const std::string& id) {
  for (const TopologyNode& node : made.topology.nodes) {
    if (node.id == id) return node;
  }
  TopologyNode none;
  none.id = "no node " + id;
  none.kind = NodeKind::kIdentity;
  return none;
}

inline Names PredecessorsOf(const LaidOutTopology& made, const std::string& id) {
  Names ids;
  for (int predecessor : NodeOf(made, id).predecessors) {
    ids.push_back(made.topology.nodes[predecessor].id);
  }
  return ids;
}

inline LaidOutTopology Layers(const Graph& graph) { return MakeTopology(graph, {}); }

inline LaidOutTopology LayersWithoutMarkers(const Graph& graph) {
  TopologyOptions options;
  options.omit_markers = true;
  return MakeTopology(graph, options);
}

inline LaidOutTopology Operators(const Graph& graph) {
  TopologyOptions options;
  options.view = TopologyView::kOperators;
  return MakeTopology(graph, options);
}

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_TOPOLOGY_READER_H_
