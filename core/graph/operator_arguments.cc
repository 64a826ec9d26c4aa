#include "core/graph/operator_arguments.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace deepvision {
namespace {

// 1 to 3 for "conv2d", "max_pool2d_with_indices"; 0 when the name has no "2d".
size_t SpatialDimensions(const Node& node) {
  for (size_t dimensions = 1; dimensions <= 3; ++dimensions) {
    if (absl::StrContains(node.op, absl::StrCat(dimensions, "d"))) return dimensions;
  }
  return 0;
}

}  // namespace

std::vector<int64_t> IntArgument(const Node& node, absl::string_view name) {
  const Argument* argument = FindArgument(node, name);
  if (argument == nullptr || argument->kind != Argument::Kind::kConstant) return {};
  if (argument->constant.isIntList()) return argument->constant.toIntVector();
  if (argument->constant.isInt()) return {argument->constant.toInt()};
  return {};
}

std::vector<int64_t> SpatialArgument(const Node& node, absl::string_view name) {
  std::vector<int64_t> entries = IntArgument(node, name);
  if (entries.size() == 1) entries.resize(std::max<size_t>(1, SpatialDimensions(node)), entries[0]);
  return entries;
}

std::vector<int64_t> TensorSizes(const Graph& graph, const Node& node, absl::string_view name) {
  const Argument* argument = FindArgument(node, name);
  if (argument == nullptr || argument->kind != Argument::Kind::kValue) return {};
  return graph.values[argument->value].sizes;
}

std::string Times(const std::vector<int64_t>& sizes) { return absl::StrJoin(sizes, "×"); }

bool AllEqual(const std::vector<int64_t>& entries, int64_t value) {
  return std::all_of(entries.begin(), entries.end(), [&](int64_t entry) { return entry == value; });
}

std::optional<std::string> ConstantText(const Argument& argument) {
  if (argument.kind != Argument::Kind::kConstant) return std::nullopt;
  const c10::IValue& constant = argument.constant;
  if (constant.isBool()) return constant.toBool() ? "true" : "false";
  if (constant.isInt()) return absl::StrCat(constant.toInt());
  if (constant.isDouble()) return absl::StrCat(constant.toDouble());
  if (constant.isString()) return constant.toStringRef();
  if (constant.isIntList()) return absl::StrJoin(constant.toIntVector(), ", ");
  return std::nullopt;
}

}  // namespace deepvision
