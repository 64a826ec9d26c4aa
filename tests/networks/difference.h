// How far a tensor is from its reference.
//
// Threading: plain functions.
#ifndef DEEPVISION_TESTS_NETWORKS_DIFFERENCE_H_
#define DEEPVISION_TESTS_NETWORKS_DIFFERENCE_H_

#include <ATen/core/Tensor.h>

namespace deepvision {

struct Difference {
  // max |value - reference| / max |reference|; infinity when shapes, types or
  // the places of NaN and infinities differ.
  double relative = 0;
  bool bitwise = true;
};

// `value` may be quantised (compared as its real numbers) and of any layout.
Difference Compare(const at::Tensor& value, const at::Tensor& reference);

// What rounding may cost in this type.
double Tolerance(c10::ScalarType dtype);

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_NETWORKS_DIFFERENCE_H_
