// Colours 0..1 <-> the numbers that a network reads, in torch and differentiable:
//   number = (colour * value_range - mean) / std, per channel of the network
// as core/input/normalize.h does it on the host.
//
// Shapes: [batch, channels, height, width]. Threading: immutable. Errors: torch's
// exceptions.
#ifndef DEEPVISION_CORE_VISUALIZATION_NETWORK_SPACE_H_
#define DEEPVISION_CORE_VISUALIZATION_NETWORK_SPACE_H_

#include <ATen/core/Tensor.h>

#include "core/api/manifest.h"

namespace deepvision {

class NetworkSpace {
 public:
  // Reads value_range, mean, std, bgr and channels.
  NetworkSpace(const Preprocessing& preprocessing, c10::ScalarType dtype);

  at::Tensor FromColors(const at::Tensor& colors) const;
  at::Tensor ToColors(const at::Tensor& numbers) const;

 private:
  bool reversed_;     // the network reads blue first
  at::Tensor scale_;  // [channels, 1, 1] or [1, 1, 1]; number = colour * scale + shift
  at::Tensor shift_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_NETWORK_SPACE_H_
