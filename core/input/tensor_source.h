// Images that the server made itself, as inputs: finished visualizations. Who keeps
// them implements this; core/input asks.
//
// Threading: thread-safe; Find may block on a disk.
#ifndef DEEPVISION_CORE_INPUT_TENSOR_SOURCE_H_
#define DEEPVISION_CORE_INPUT_TENSOR_SOURCE_H_

#include <ATen/core/Tensor.h>

#include <string>

#include "absl/status/statusor.h"
#include "core/api/input.h"
#include "core/api/manifest.h"

namespace deepvision {

struct SourceImage {
  at::Tensor values;            // float32 [1, channels, height, width] on the CPU, as its
                                // network reads them
  at::Tensor display;           // one or three channels, 0..1: as people see it
  Preprocessing preprocessing;  // of its network
  std::string digest;           // of the image: another one has another
};

class TensorSource {
 public:
  virtual ~TensorSource() = default;

  //   kNotFound            no such visualization or unit, or it is not kept any more
  //   kFailedPrecondition  the unit is not done
  virtual absl::StatusOr<SourceImage> Find(const VisualizationRef& ref) const = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_INPUT_TENSOR_SOURCE_H_
