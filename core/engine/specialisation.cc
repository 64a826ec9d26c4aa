#include "core/engine/specialisation.h"

#include <algorithm>
#include <utility>

#include "core/graph/tasks.h"

namespace deepvision {
namespace {

TopologyOptions WithView(TopologyOptions options, TopologyView view, bool omit_markers) {
  options.view = view;
  options.omit_markers = omit_markers;
  return options;
}

}  // namespace

Specialisation::Specialisation(std::shared_ptr<const Graph> graph, TopologyOptions options)
    : graph_(std::move(graph)),
      options_(options),
      flow_(*graph_),
      kinds_(flow_),
      guards_(Plan::MakeGuardCheck(graph_)) {
  LaidOutTopology laid_out =
      MakeTopology(*graph_, WithView(options_, TopologyView::kLayers, /*omit_markers=*/false));
  layers_ = std::make_shared<const Topology>(std::move(laid_out.topology));
  for (const auto& [id, value] : laid_out.extra_ids) extra_ids_[id] = {value, false};
  for (size_t i = 0; i < layers_->nodes.size(); ++i) {
    const TopologyNode& node = layers_->nodes[i];
    Addressed addressed{laid_out.values[i], false};
    if (node.kind == NodeKind::kDerived && !node.predecessors.empty()) {
      addressed = {laid_out.values[node.predecessors[0]], true};
      extra_ids_[node.id] = addressed;
    }
    node_values_.push_back(addressed);
    node_index_.try_emplace(node.id, static_cast<int>(i));
    if (addressed.value != kNone) shown_values_.push_back(addressed.value);
  }
  std::sort(shown_values_.begin(), shown_values_.end());
  shown_values_.erase(std::unique(shown_values_.begin(), shown_values_.end()), shown_values_.end());
  if (options_.task == Task::kClassification) scores_ = PrimaryOutput(*graph_).value;
}

std::shared_ptr<const Topology> Specialisation::MakeView(TopologyView view,
                                                         bool omit_markers) const {
  if (view == TopologyView::kLayers && !omit_markers) return layers_;
  return std::make_shared<const Topology>(
      MakeTopology(*graph_, WithView(options_, view, omit_markers)).topology);
}

Addressed Specialisation::ValueOfNode(int node) const { return node_values_[node]; }

std::optional<Addressed> Specialisation::Find(absl::string_view id) const {
  if (const auto extra = extra_ids_.find(id); extra != extra_ids_.end()) return extra->second;
  const ValueId value = FindValue(*graph_, id);
  if (value == kNone) return std::nullopt;
  return Addressed{value, false};
}

std::optional<int> Specialisation::NodeIndex(absl::string_view id) const {
  const auto found = node_index_.find(id);
  return found == node_index_.end() ? std::nullopt : std::make_optional(found->second);
}

std::vector<std::string> Specialisation::LayerIds() const {
  std::vector<std::string> ids;
  for (size_t i = 0; i < node_values_.size(); ++i) {
    if (node_values_[i].value != kNone) ids.push_back(layers_->nodes[i].id);
  }
  return ids;
}

std::vector<std::string> Specialisation::AllIds() const {
  std::vector<std::string> ids;
  for (const auto& [id, value] : graph_->ids) ids.push_back(id);
  for (const auto& [id, addressed] : extra_ids_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace deepvision
