// NetworkService's messages <-> core/api/network.h, all but the topology.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_SERVER_CONVERT_NETWORK_CONVERT_H_
#define DEEPVISION_SERVER_CONVERT_NETWORK_CONVERT_H_

#include "absl/status/statusor.h"
#include "core/api/network.h"
#include "deepvision/v1/network.pb.h"

namespace deepvision {

// kInvalidArgument names the field and says what to do.
absl::StatusOr<HistogramQuery> FromProto(v1::StreamHistogramsRequest&& request);
absl::StatusOr<WeightsQuery> FromProto(v1::StreamWeightsRequest&& request);

v1::Network ToProto(const NetworkInfo& info);
v1::Histogram ToProto(const Histogram& histogram);
// Everything but the bytes.
v1::WeightTensor ToProto(const WeightTensor& tensor);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONVERT_NETWORK_CONVERT_H_
