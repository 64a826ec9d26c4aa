#include "core/graph/graph.h"

#include "absl/strings/str_cat.h"

namespace deepvision {
namespace {

void VisitValues(const Argument& argument, const std::function<void(ValueId)>& visit) {
  if (argument.kind == Argument::Kind::kValue) visit(argument.value);
  for (const Argument& element : argument.elements) VisitValues(element, visit);
}

}  // namespace

ValueId FindValue(const Graph& graph, absl::string_view id) {
  const auto found = graph.ids.find(id);
  return found == graph.ids.end() ? kNone : found->second;
}

std::string CallName(const ModuleCall& call) {
  return call.repeat == 0 ? call.path : absl::StrCat(call.path, "@", call.repeat);
}

const Argument* FindArgument(const Node& node, absl::string_view name) {
  for (const NamedArgument& named : node.arguments) {
    if (named.name == name) return &named.argument;
  }
  return nullptr;
}

void ForEachArgumentValue(const Node& node, const std::function<void(ValueId)>& visit) {
  for (const NamedArgument& named : node.arguments) VisitValues(named.argument, visit);
}

}  // namespace deepvision
