// The range of a layer that follows a stream of frames slowly, so that pictures
// do not flicker: an exponential moving average of minimum and maximum, as
// VALUE_RANGE_SMOOTHED in deepvision/v1/activation.proto says.
//
//   SmoothedRange smoothed;                 // one per layer and configuration
//   CodeRange range = smoothed.Next(seen);  // one per frame
//
// Threading: none; one frame after the other.
#ifndef DEEPVISION_CORE_ACTIVATION_SMOOTHED_RANGE_H_
#define DEEPVISION_CORE_ACTIVATION_SMOOTHED_RANGE_H_

#include "core/activation/float_kernels.h"
#include "core/activation/quantize.h"

namespace deepvision {

class SmoothedRange {
 public:
  // The share of a change that arrives with the first frame.
  static constexpr double kStep = 0.1;

  // Takes the finite values of one more frame into account; the range for it.
  // One that is constant so far is widened to include 0, as ValueRange::kLayer.
  CodeRange Next(const FiniteRange& seen);

 private:
  bool HasExtent() const { return minimum_ < maximum_; }

  // float64: a step that float32 would round away still arrives.
  double minimum_ = 0;
  double maximum_ = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_SMOOTHED_RANGE_H_
