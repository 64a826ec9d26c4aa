// What the rewrites of a graph ask about an operator.
//
// Private to core/visualization. Threading: plain functions.
#ifndef DEEPVISION_CORE_VISUALIZATION_OPERATOR_FAMILIES_H_
#define DEEPVISION_CORE_VISUALIZATION_OPERATOR_FAMILIES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "core/graph/graph.h"

namespace deepvision {

// "aten::relu" for "aten::relu_", too.
std::string PlainName(const Node& node);

// A function of each number for itself, of one tensor.
bool IsElementwise(const Node& node);

// In as many dimensions as its weights say, perhaps transposed.
bool IsConvolution(const Node& node);

// Whether the argument is this constant, or the operator has no such argument.
bool IsConstantEqual(const Node& node, absl::string_view name, const c10::IValue& expected);

// Where the argument is on the stack; -1 when the operator has none of this name.
int Position(const Node& node, absl::string_view name);

// The value at a position of the stack, or kNone.
ValueId ValueAt(const Node& node, size_t position);

// The tensor of an argument that does not depend on the input; undefined for None, for
// other arguments and where there is none.
at::Tensor ConstantTensor(const Graph& graph, const Node& node, absl::string_view name);

// Whether the argument is absent, None or such a tensor.
bool IsConstantOrNone(const Graph& graph, const Node& node, absl::string_view name);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_OPERATOR_FAMILIES_H_
