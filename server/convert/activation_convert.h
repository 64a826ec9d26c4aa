// ActivationService's messages <-> core/api/activation.h.
//
// Requests are checked field by field: kInvalidArgument names the path of the
// field and says what to do. What depends on the network (does the layer exist,
// has it so many channels) is for the engine to say.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_SERVER_CONVERT_ACTIVATION_CONVERT_H_
#define DEEPVISION_SERVER_CONVERT_ACTIVATION_CONVERT_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "core/api/activation.h"
#include "core/api/live.h"
#include "deepvision/v1/activation.pb.h"

namespace deepvision {

// Takes the bytes of the input out of `request`.
absl::StatusOr<ActivationQuery> FromProto(v1::StreamActivationsRequest&& request);
absl::StatusOr<ClassifyQuery> FromProto(v1::ClassifyRequest&& request);
absl::StatusOr<LiveConfig> FromProto(const v1::LiveConfiguration& configuration);
// A wrong input is told in the frame itself.
LiveFrame FromProto(v1::LiveFrame&& frame);

v1::ActivationHeader ToProto(const ActivationHeader& header);
// Everything but the bytes.
v1::ActivationLayer ToProto(const LayerActivation& layer);
v1::Prediction ToProto(const Prediction& prediction);
v1::LiveHeader ToProto(const LiveHeader& header);
v1::LiveFrameBegin ToProto(const LiveFrameBegin& frame);
// The frame's error as ToGrpcStatus would tell it.
v1::LiveFrameEnd ToProto(const LiveFrameEnd& frame);
v1::ClassifyResponse ToProto(const Classification& classification);
v1::TokenGrid ToProto(const TokenGrid& grid);
v1::SheetGeometry ToProto(const SheetGeometry& sheet);

// Bytes of one element: a chunk of a stream never splits it.
size_t ElementBytes(ActivationEncoding encoding);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONVERT_ACTIVATION_CONVERT_H_
