// What a layer will look like when it is sent, known from its shape alone: so
// that a request is refused, and its bytes are reserved, before anything runs.
//
// Everything that depends only on shape and options is checked here; EncodeLayer
// starts with PlanLayer and then writes exactly `byte_count` bytes.
//
// Shapes: without the batch dimension; FEATURE_MAP [channels, height, width],
// VECTOR [units], TOKENS [tokens, features] (the features are its channels),
// OTHER any (its first dimension counts as channels).
// Threading: pure functions.
#ifndef DEEPVISION_CORE_ACTIVATION_PLAN_LAYER_H_
#define DEEPVISION_CORE_ACTIVATION_PLAN_LAYER_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "core/api/activation.h"
#include "core/api/types.h"

namespace deepvision {

struct EncodedSize {
  Shape shape;                         // as sent
  std::optional<SheetGeometry> sheet;  // with ATLAS
  std::optional<uint64_t> byte_count;  // unknown for PNG
};

// Whether the layer is one of a stream of frames, in whose course SMOOTHED is a
// range.
enum class Frames { kOne, kMany };

// Errors; the texts begin with the field and say what to do:
//   kInvalidArgument     options that contradict each other or this kind of
//                        value: ATLAS with FLOAT32 or FLOAT16, PNG with
//                        BOTTOM_UP or of a value that is no picture, CHANNEL
//                        range of a VECTOR, SMOOTHED of one frame, a channel
//                        twice, a bad FixedRange, a map that is larger than a
//                        sheet
//   kOutOfRange          a channel past the last one
//   kFailedPrecondition  the layer has no data
//   kResourceExhausted   more bytes than can be counted
//   kInternal            the shape does not fit the kind
absl::StatusOr<EncodedSize> PlanLayer(const Shape& full_shape, DataKind kind,
                                      const EncodingOptions& options, Frames frames = Frames::kOne);

// Which dimension of a shape without batch counts as channels; nullopt when it
// has no dimension.
std::optional<int> ChannelDimension(const Shape& shape, DataKind kind);

// Product of the sizes; nullopt when it does not fit or a size is negative.
std::optional<int64_t> ElementCount(const Shape& shape);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_PLAN_LAYER_H_
