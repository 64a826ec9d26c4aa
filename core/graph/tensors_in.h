// Visits the tensors in a value that an operator takes or returns, lists and
// tuples included, in order. Undefined tensors are left out.
//
// Threading: plain function.
#ifndef DEEPVISION_CORE_GRAPH_TENSORS_IN_H_
#define DEEPVISION_CORE_GRAPH_TENSORS_IN_H_

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include "absl/functional/function_ref.h"

namespace deepvision {

void ForEachTensor(const c10::IValue& value, absl::FunctionRef<void(const at::Tensor&)> visit);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_TENSORS_IN_H_
