#include "core/graph/value_names.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace deepvision {
namespace {

const NamedValue* FindResult(const ModuleCall& call, ValueId value) {
  const auto found = std::find_if(call.results.begin(), call.results.end(),
                                  [&](const NamedValue& result) { return result.value == value; });
  return found == call.results.end() ? nullptr : &*found;
}

std::string ResultName(const ModuleCall& call, const NamedValue& result) {
  return result.path.empty() ? CallName(call) : absl::StrCat(CallName(call), ":", result.path);
}

}  // namespace

CallId CallThatReturns(const Graph& graph, ValueId value) {
  const NodeId producer = graph.values[value].producer;
  CallId call = producer == kNone ? kNone : graph.nodes[producer].call;
  for (; call != kNone; call = graph.calls[call].parent) {
    if (!graph.calls[call].path.empty() && FindResult(graph.calls[call], value)) return call;
  }
  return kNone;
}

ValueNames::ValueNames(const Graph& graph) : graph_(graph), names_(graph.values.size()) {
  for (const auto& [name, value] : graph.ids) names_[value].push_back(name);
  for (std::vector<std::string>& names : names_) {
    std::sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
      return std::make_tuple(a.size(), a) < std::make_tuple(b.size(), b);
    });
  }
}

std::string ValueNames::Preferred(ValueId value) const {
  const CallId call = CallThatReturns(graph_, value);
  if (call != kNone) {
    const ModuleCall& returning = graph_.calls[call];
    const std::string name = ResultName(returning, *FindResult(returning, value));
    if (FindValue(graph_, name) == value) return name;
  }
  return OfOperator(value);
}

std::string ValueNames::OfOperator(ValueId value) const {
  if (value == graph_.input) return graph_.input_id;
  const NodeId producer = graph_.values[value].producer;
  const std::string id = producer == kNone ? "" : graph_.nodes[producer].id;
  if (FindValue(graph_, id) == value) return id;
  const std::vector<std::string>& names = names_[value];
  const auto second = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
    return absl::StartsWith(name, absl::StrCat(id, ":"));
  });
  if (second != names.end()) return *second;
  return names.empty() ? id : names.front();
}

std::vector<std::string> ValueNames::Aliases(ValueId value, const std::string& without) const {
  std::vector<std::string> aliases;
  std::copy_if(names_[value].begin(), names_[value].end(), std::back_inserter(aliases),
               [&](const std::string& name) { return name != without; });
  return aliases;
}

}  // namespace deepvision
