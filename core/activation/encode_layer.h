// From a captured tensor to the bytes that a client gets, with all that says
// what they mean. The field comments of deepvision/v1/activation.proto are the
// specification of the bytes.
//
//   DV_ASSIGN_OR_RETURN(EncodedLayer layer, EncodeLayer(value, kind, options));
//
// Compressing PNG pictures takes far longer than all else, and no torch: WriteLayer
// leaves it to the caller (core/activation/encode_pictures.h), for another thread.
//
// Order of work: channels are selected; statistics are taken; maps are reduced
// to `max_side`; ranges are chosen, NaN and infinities counted; codes are
// written and hashed. So counts and ranges are those of the values that are
// sent, statistics those of the values in the network.
//
// Shapes: `value` is [1, channels, height, width], [1, units], [1, tokens,
// features] or anything (OTHER, see layer_values.h), of any number type and any
// memory layout; it is read in the order of its dimensions.
// Ownership: FLOAT32 of a contiguous float32 tensor with all channels is not
// copied: the result's buffer holds the tensor's memory alive, and nobody may
// write to it any more.
// Threading: runs torch: on the device worker only. Blocks while it computes.
#ifndef DEEPVISION_CORE_ACTIVATION_ENCODE_LAYER_H_
#define DEEPVISION_CORE_ACTIVATION_ENCODE_LAYER_H_

#include <ATen/core/Tensor.h>

#include <optional>

#include "absl/status/statusor.h"
#include "core/activation/encode_pictures.h"
#include "core/activation/smoothed_range.h"
#include "core/api/activation.h"
#include "core/api/types.h"
#include "core/base/buffer_pool.h"

namespace deepvision {

// `smoothed` is the memory of ValueRange::kSmoothed, which is refused without
// one.
// Errors: those of PlanLayer, and
//   kFailedPrecondition  the layer holds complex numbers
//   kResourceExhausted   out of memory; the caller may retry
//   kInternal            torch or the PNG encoder failed: our bug
absl::StatusOr<EncodedLayer> EncodeLayer(const at::Tensor& value, DataKind kind,
                                         const EncodingOptions& options,
                                         SmoothedRange* smoothed = nullptr);

struct WrittenLayer {
  EncodedLayer layer;
  // PNG: what is left to do. `layer.bytes` are codes, which EncodePictures
  // compresses and SetPictures replaces.
  std::optional<PictureStack> pictures;
};

// As EncodeLayer, without the compression. Codes are written into blocks of
// `pool`, if there is one.
absl::StatusOr<WrittenLayer> WriteLayer(const at::Tensor& value, DataKind kind,
                                        const EncodingOptions& options, BufferPool* pool = nullptr,
                                        SmoothedRange* smoothed = nullptr);

void SetPictures(EncodedPictures pictures, EncodedLayer& layer);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_ENCODE_LAYER_H_
