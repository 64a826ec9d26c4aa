// The method of a VisualizationSpec from the wire, checked.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_SERVER_CONVERT_VISUALIZATION_METHOD_QUERY_H_
#define DEEPVISION_SERVER_CONVERT_VISUALIZATION_METHOD_QUERY_H_

#include "absl/status/statusor.h"
#include "core/api/visualization_spec.h"
#include "deepvision/v1/visualization_spec.pb.h"

namespace deepvision {

// fourier where none is set. kInvalidArgument names the field ("spec.maco.crops: …").
absl::StatusOr<VisualizationMethod> ConvertMethod(const v1::VisualizationSpec& spec);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONVERT_VISUALIZATION_METHOD_QUERY_H_
