// Any Input -> the tensor that a network sees.
//
//   DV_ASSIGN_OR_RETURN(PreparedInput prepared,
//                       PrepareInput(query.input, network.preprocessing, datasets, limits));
//
// Pictures (dataset images, encoded images, pixels) become 8-bit RGB, gray (the
// luma of ITU-R BT.601) for a network of one channel; are resized and cut as the
// manifest says, in 8 bits, equal to torchvision's Resize, CenterCrop, ToTensor
// and Normalize on a Pillow image bit for bit; and are then normalised
// (core/input/normalize.h). A network of 2, 4 or more channels takes
// tensors, noise, zeros and black only.
//
// A tensor in NETWORK space is used bit for bit, NaN and infinities included:
// what the network makes of them is for the caller to see. One in UNIT space
// holds colours 0..1 in the order red, green, blue, which are normalised and, for
// a BGR network, swapped; values outside of 0..1 are not clipped.
//
// A visualization comes from `visualizations` (core/input/source_tensor.h says what
// becomes of it); without any there is none.
//
// Threading: plain functions that block (a dataset image is read from disk) and
// compute on the calling thread alone.
#ifndef DEEPVISION_CORE_INPUT_PREPARE_INPUT_H_
#define DEEPVISION_CORE_INPUT_PREPARE_INPUT_H_

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "core/api/input.h"
#include "core/api/manifest.h"
#include "core/dataset/dataset_registry.h"
#include "core/input/tensor_source.h"

namespace deepvision {

struct InputLimits {
  size_t max_encoded_bytes = size_t{16} << 20;
  int64_t max_pixels = int64_t{64} << 20;  // of a decoded or resized picture
  int max_side = 16384;                    // of pixels and tensors
  // The network takes no other height and width than its manifest's: a tensor of
  // another size is refused.
  bool fixed_size = false;
};

struct PreparedInput {
  at::Tensor tensor;   // float32 [1, channels, height, width], contiguous, on the CPU
  std::string digest;  // InputDigest of the input
};

// PreparedInput::tensor alone.
absl::StatusOr<at::Tensor> PrepareTensor(const Input& input, const Preprocessing& preprocessing,
                                         const DatasetRegistry& datasets, const InputLimits& limits,
                                         const TensorSource* visualizations = nullptr);

// The text of an error names the member of the input ("input.pixels: ...").
//   kInvalidArgument     no member, a picture that cannot be read, wrong sizes
//   kNotFound            unknown dataset or generator; an input that is only named
//                        by its digest (InputCache knows some)
//   kOutOfRange          an index past the end of a dataset
//   kResourceExhausted   larger than a limit
//   kFailedPrecondition  the preprocessing has no size yet (a guessed manifest),
//                        or the picture of a dataset is damaged
absl::StatusOr<PreparedInput> PrepareInput(const Input& input, const Preprocessing& preprocessing,
                                           const DatasetRegistry& datasets,
                                           const InputLimits& limits,
                                           const TensorSource* visualizations = nullptr);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_INPUT_PREPARE_INPUT_H_
