#include "server/convert/topology_convert.h"

#include "core/base/status_macros.h"
#include "server/convert/activation_convert.h"
#include "server/convert/enum_convert.h"
#include "server/convert/field.h"

namespace deepvision {
namespace {

constexpr uint32_t kMaxSide = 16384;

// Names, and what the value is to the network.
void SetIdentity(const TopologyNode& node, v1::TopologyNode* out) {
  out->set_id(node.id);
  out->set_title(node.title);
  out->set_head(node.head);
  out->set_kind(ToProto(node.kind));
  out->set_module_class(node.module_class);
  out->set_module_path(node.module_path);
  for (const std::string& member : node.members) out->add_members(member);
  for (const std::string& alias : node.aliases) out->add_aliases(alias);
  out->set_role(ToProto(node.role));
}

// The numbers.
void SetValue(const TopologyNode& node, v1::TopologyNode* out) {
  out->set_data_kind(ToProto(node.data_kind));
  for (int64_t size : node.shape) out->add_shape(static_cast<uint32_t>(size));
  if (node.token_grid) *out->mutable_token_grid() = ToProto(*node.token_grid);
  out->set_dtype(node.dtype);
  out->set_parameter_count(node.parameter_count);
  out->set_has_weights(node.has_weights);
  out->set_units_are_classes(node.units_are_classes);
  out->set_can_visualize(node.can_visualize);
  out->set_cannot_visualize_reason(node.cannot_visualize_reason);
}

}  // namespace

absl::StatusOr<TopologyQuery> FromProto(v1::StreamTopologyRequest&& request) {
  DV_RETURN_IF_ERROR(CheckNetworkId(request.network()));
  TopologyQuery query;
  DV_ASSIGN_OR_RETURN(query.view, FromProto("view", request.view()));
  if (request.has_input_size()) {
    const v1::InputSize& size = request.input_size();
    DV_RETURN_IF_ERROR(CheckRange("input_size.height", size.height(), 1, kMaxSide));
    DV_RETURN_IF_ERROR(CheckRange("input_size.width", size.width(), 1, kMaxSide));
    query.height = static_cast<int>(size.height());
    query.width = static_cast<int>(size.width());
  }
  query.network = request.network();
  query.omit_markers = request.omit_markers();
  query.wait_until_ready = request.wait_until_ready();
  return query;
}

v1::TopologyHeader ToProto(const Topology& topology, const NetworkInfo& network) {
  v1::TopologyHeader out;
  out.set_network(network.id);
  out.set_network_digest(network.digest);
  out.set_view(ToProto(topology.view));
  out.set_node_count(static_cast<uint32_t>(topology.nodes.size()));
  out.set_group_count(static_cast<uint32_t>(topology.groups.size()));
  out.set_stage_count(topology.stage_count);
  out.set_lane_count(topology.lane_count);
  for (const std::string& warning : network.warnings) out.add_warnings(warning);
  return out;
}

v1::TopologyNode ToProto(const TopologyNode& node, int index) {
  v1::TopologyNode out;
  out.set_index(index);
  SetIdentity(node, &out);
  SetValue(node, &out);
  out.mutable_predecessors()->Add(node.predecessors.begin(), node.predecessors.end());
  out.mutable_position()->set_stage(node.stage);
  out.mutable_position()->set_lane(node.lane);
  out.mutable_attributes()->insert(node.attributes.begin(), node.attributes.end());
  return out;
}

v1::TopologyGroup ToProto(const TopologyGroup& group) {
  v1::TopologyGroup out;
  out.set_path(group.path);
  out.set_module_class(group.module_class);
  out.set_title(group.title);
  out.set_parent(group.parent);
  out.set_first_node(group.first_node);
  out.set_last_node(group.last_node);
  out.set_repeat_count(group.repeat_count);
  return out;
}

}  // namespace deepvision
