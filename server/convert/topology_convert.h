// StreamTopology's messages <-> core/api/topology.h.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_SERVER_CONVERT_TOPOLOGY_CONVERT_H_
#define DEEPVISION_SERVER_CONVERT_TOPOLOGY_CONVERT_H_

#include "absl/status/statusor.h"
#include "core/api/network.h"
#include "core/api/topology.h"
#include "deepvision/v1/network.pb.h"

namespace deepvision {

// kInvalidArgument names the field and says what to do.
absl::StatusOr<TopologyQuery> FromProto(v1::StreamTopologyRequest&& request);

v1::TopologyHeader ToProto(const Topology& topology, const NetworkInfo& network);
v1::TopologyNode ToProto(const TopologyNode& node, int index);
v1::TopologyGroup ToProto(const TopologyGroup& group);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONVERT_TOPOLOGY_CONVERT_H_
