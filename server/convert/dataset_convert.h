// DatasetService's messages <-> core/api/dataset.h.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_SERVER_CONVERT_DATASET_CONVERT_H_
#define DEEPVISION_SERVER_CONVERT_DATASET_CONVERT_H_

#include "absl/status/statusor.h"
#include "core/api/dataset.h"
#include "deepvision/v1/dataset.pb.h"

namespace deepvision {

// kInvalidArgument names the field and says what to do.
absl::StatusOr<ImagesQuery> FromProto(v1::StreamImagesRequest&& request);
// Takes the bytes of the input out of `request`.
absl::StatusOr<InputQuery> FromProto(v1::StreamInputRequest&& request);

v1::Dataset ToProto(const DatasetInfo& info);
v1::NoiseGenerator ToProto(const NoiseGeneratorInfo& info);
// Everything but the bytes.
v1::Image ToProto(const EncodedPicture& picture);
// The tensor's meta data.
v1::TensorMeta TensorMetaOf(const ResolvedInput& input);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONVERT_DATASET_CONVERT_H_
