// The reverse of PrepareInput: what a person sees.
//
//   DV_ASSIGN_OR_RETURN(Bitmap bitmap, MakePicture(prepared.tensor, network.preprocessing));
//   DV_ASSIGN_OR_RETURN(EncodedPicture picture, EncodePicture(bitmap, query.format));
//
// Threading: plain functions; they compute on the calling thread (PictureOfInput
// may read a dataset image from disk).
#ifndef DEEPVISION_CORE_INPUT_SHOW_INPUT_H_
#define DEEPVISION_CORE_INPUT_SHOW_INPUT_H_

#include <ATen/core/Tensor.h>

#include "absl/status/statusor.h"
#include "core/api/host_buffer.h"
#include "core/api/input.h"
#include "core/api/manifest.h"
#include "core/api/types.h"
#include "core/dataset/dataset_registry.h"
#include "core/image/bitmap.h"
#include "core/input/prepare_input.h"

namespace deepvision {

// `tensor` float32 [1, channels, height, width] or [channels, height, width] on
// the CPU, in the space of the network -> its colours, de-normalised, clipped to
// 0..255 and rounded (NaN is black). The bitmap is gray for one channel, else
// RGB: the network's three colours, or its display_channels (the first three
// when the manifest has none; a missing one is black).
// kInvalidArgument for another shape or type.
absl::StatusOr<Bitmap> MakePicture(const at::Tensor& tensor, const Preprocessing& preprocessing);

// The input as a picture without a network, RGB or gray: pictures in their own
// size, visualizations as they are shown, noise in its generator's size (normal
// noise around mid-gray, 64 levels per standard deviation). kInvalidArgument for tensors, zeros and
// black, which mean something to a network only; else fails as PrepareInput.
absl::StatusOr<Bitmap> PictureOfInput(const Input& input, const DatasetRegistry& datasets,
                                      const InputLimits& limits,
                                      const TensorSource* visualizations = nullptr);

// The bytes of a float32 tensor [1, channels, height, width], C-contiguous, with
// its rows in the asked order. Shares the tensor's memory when it can.
absl::StatusOr<HostBuffer> TensorBytes(const at::Tensor& tensor, RowOrder order);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_INPUT_SHOW_INPUT_H_
