#include "core/activation/smoothed_range.h"

namespace deepvision {

CodeRange SmoothedRange::Next(const FiniteRange& seen) {
  if (!seen.IsEmpty() && !HasExtent()) {
    minimum_ = seen.minimum;
    maximum_ = seen.maximum;
  } else if (!seen.IsEmpty()) {
    minimum_ += kStep * (seen.minimum - minimum_);
    maximum_ += kStep * (seen.maximum - maximum_);
  }
  FiniteRange smoothed = seen;  // its NaN and infinities
  smoothed.minimum = static_cast<float>(minimum_);
  smoothed.maximum = static_cast<float>(maximum_);
  CodeRange range = ChooseRange(ValueRange::kLayer, {}, smoothed);
  range.holds_all &= range.minimum <= seen.minimum && seen.maximum <= range.maximum;
  return range;
}

}  // namespace deepvision
