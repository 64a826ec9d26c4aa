// An image that the server made for one network -> the tensor that a network sees.
// Private to core/input.
//
// The numbers stay as they are when both networks read colours alike (channels,
// range, mean, deviation and order), so that the unit sees what excited it; else
// they are turned into colours, which are not clipped, and normalised anew. An image
// of another size fills the network's input: enlarged bilinearly, as while it was
// made; reduced with antialias.
//
// Threading: plain function; computes on the calling thread.
#ifndef DEEPVISION_CORE_INPUT_SOURCE_TENSOR_H_
#define DEEPVISION_CORE_INPUT_SOURCE_TENSOR_H_

#include <ATen/core/Tensor.h>

#include "absl/status/statusor.h"
#include "core/api/manifest.h"
#include "core/input/tensor_source.h"

namespace deepvision {

// float32 [1, channels, height, width]. kInvalidArgument when the image's channels
// are neither the network's nor colours that it could read.
absl::StatusOr<at::Tensor> TensorOf(const SourceImage& image, const Preprocessing& preprocessing);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_INPUT_SOURCE_TENSOR_H_
