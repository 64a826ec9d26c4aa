// The constant arguments of an operator, as people would write them.
//
// Threading: plain functions.
#ifndef DEEPVISION_CORE_GRAPH_OPERATOR_ARGUMENTS_H_
#define DEEPVISION_CORE_GRAPH_OPERATOR_ARGUMENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/graph/graph.h"

namespace deepvision {

// The integers of a constant integer or list of integers; empty when the
// argument is absent or something else.
std::vector<int64_t> IntArgument(const Node& node, absl::string_view name);

// The same, written once per spatial dimension: {2} for a 2-d operator is {2, 2}.
std::vector<int64_t> SpatialArgument(const Node& node, absl::string_view name);

// The sizes of a tensor argument; empty when it is absent or no tensor.
std::vector<int64_t> TensorSizes(const Graph& graph, const Node& node, absl::string_view name);

// "3×3"
std::string Times(const std::vector<int64_t>& sizes);

// True when all entries are `value`, or there are none.
bool AllEqual(const std::vector<int64_t>& entries, int64_t value);

// A constant number, string, truth value or list of integers as text; nothing
// for tensors, None and other lists.
std::optional<std::string> ConstantText(const Argument& argument);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_OPERATOR_ARGUMENTS_H_
