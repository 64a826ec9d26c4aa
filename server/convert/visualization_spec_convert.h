// deepvision.v1.VisualizationSpec <-> deepvision::VisualizationSpec.
//
// From the wire every number is checked: kInvalidArgument names the path below
// "spec". What depends on the network, and every default that does, is for the
// engine to say.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_SERVER_CONVERT_VISUALIZATION_SPEC_CONVERT_H_
#define DEEPVISION_SERVER_CONVERT_VISUALIZATION_SPEC_CONVERT_H_

#include "absl/status/statusor.h"
#include "core/api/visualization_spec.h"
#include "deepvision/v1/visualization_spec.pb.h"

namespace deepvision {

// Takes the bytes of the start out of `spec`. Neither units nor all_units is in
// order here: the engine knows what all of them cost.
absl::StatusOr<VisualizationSpec> FromProto(v1::VisualizationSpec&& spec);

// A start with bytes is without them.
v1::VisualizationSpec ToProto(const VisualizationSpec& spec);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONVERT_VISUALIZATION_SPEC_CONVERT_H_
