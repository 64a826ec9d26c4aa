// A network as a graph that a person can walk through; the field comments of
// deepvision/v1/network.proto are the specification.
#ifndef DEEPVISION_CORE_API_TOPOLOGY_H_
#define DEEPVISION_CORE_API_TOPOLOGY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/api/types.h"

namespace deepvision {

enum class TopologyView { kLayers, kOperators };
enum class NodeKind { kInput, kChain, kPassThrough, kMarker, kDerived, kIdentity };
enum class NodeRole { kNone, kScores, kProbabilities, kOutput };

struct TopologyNode {
  std::string id;
  std::string title;
  std::string head;
  NodeKind kind = NodeKind::kChain;
  std::string module_class;
  std::string module_path;
  std::vector<std::string> members;
  std::vector<std::string> aliases;
  DataKind data_kind = DataKind::kNone;
  Shape shape;
  std::optional<TokenGrid> token_grid;
  std::string dtype;
  std::vector<int> predecessors;  // indices into Topology::nodes
  int stage = 0;
  int lane = 0;
  std::map<std::string, std::string> attributes;
  int64_t parameter_count = 0;
  bool has_weights = false;
  bool units_are_classes = false;
  NodeRole role = NodeRole::kNone;
  bool can_visualize = false;
  std::string cannot_visualize_reason;
};

struct TopologyGroup {
  std::string path;
  std::string module_class;
  std::string title;
  std::string parent;
  int first_node = 0;
  int last_node = 0;
  int repeat_count = 1;
};

// Nodes stand in execution order; every predecessor stands before its node.
struct Topology {
  TopologyView view = TopologyView::kLayers;
  std::vector<TopologyNode> nodes;
  std::vector<TopologyGroup> groups;
  int stage_count = 0;
  int lane_count = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_TOPOLOGY_H_
