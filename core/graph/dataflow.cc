#include "core/graph/dataflow.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/match.h"

namespace deepvision {
namespace {

// "expand_as(x, other)" takes only other's shape.
bool ReadsOnlyFirstArgument(const Node& node) { return absl::EndsWith(node.op, "_as"); }

bool HasSeveralElements(const Node& node) {
  return std::any_of(node.arguments.begin(), node.arguments.end(), [](const NamedArgument& named) {
    return named.argument.kind == Argument::Kind::kList && named.argument.elements.size() > 1;
  });
}

bool HasTensorConstant(const Node& node, size_t source_count) {
  size_t values = 0;
  ForEachArgumentValue(node, [&](ValueId) { ++values; });
  return values > source_count;
}

OperatorPart PartOfUnknown(const Graph& graph, const OperatorFlow& flow) {
  if (flow.sources.size() != 1) return OperatorPart::kHead;
  const bool same_shape = graph.values[flow.value].sizes == graph.values[flow.sources[0]].sizes;
  return same_shape ? OperatorPart::kTrailing : OperatorPart::kHead;
}

OperatorPart PartOf(const Graph& graph, const Node& node, const OperatorFlow& flow) {
  const OperatorFamily family = flow.kind.family;
  if (family == OperatorFamily::kConcat && !HasSeveralElements(node)) {
    return OperatorPart::kStructural;  // of one tensor: a copy
  }
  if (IsHead(family) || flow.sources.size() > 1) return OperatorPart::kHead;
  if (IsTrailing(family)) return OperatorPart::kTrailing;
  if (family == OperatorFamily::kArithmetic) {
    return HasTensorConstant(node, 1) ? OperatorPart::kTrailing : OperatorPart::kScale;
  }
  if (family == OperatorFamily::kUnknown) return PartOfUnknown(graph, flow);
  return OperatorPart::kStructural;
}

void AddDistinct(std::vector<ValueId>& values, ValueId value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

bool GivesProbabilities(const Node& node) {
  return node.op == "softmax" || node.op == "sigmoid" || node.op == "safe_softmax";
}

}  // namespace

Dataflow::Dataflow(const Graph& graph)
    : graph_(graph), depends_(graph.values.size(), false), operators_(graph.nodes.size()) {
  depends_[graph.input] = true;
  for (size_t i = 0; i < graph.nodes.size(); ++i) AddOperator(static_cast<NodeId>(i));
  MarkOutputs();
  SplitOffProbabilities();
  MarkWhatLeadsAnywhere();
  AddUsers();
}

void Dataflow::AddOperator(NodeId id) {
  const Node& node = graph_.nodes[id];
  OperatorFlow& flow = operators_[id];
  flow.kind = KindOf(node.op);
  if (flow.kind.family == OperatorFamily::kCreation) return;
  const bool only_first = ReadsOnlyFirstArgument(node);
  ForEachArgumentValue(node, [&](ValueId value) {
    if (depends_[value] && !(only_first && !flow.sources.empty())) {
      AddDistinct(flow.sources, value);
    }
  });
  if (flow.sources.empty()) return;
  std::vector<ValueId> results;
  std::copy_if(node.outputs.begin(), node.outputs.end(), std::back_inserter(results),
               [](ValueId value) { return value != kNone; });
  flow.result_count = static_cast<int>(results.size());
  if (results.empty() && !node.writes.empty()) flow.result_count = 1;
  results.insert(results.end(), node.writes.begin(), node.writes.end());
  if (results.empty()) return;
  for (ValueId value : results) depends_[value] = true;
  const ValueId named = FindValue(graph_, node.id);
  flow.value = named == kNone ? results.front() : named;
  flow.part = PartOf(graph_, node, flow);
}

void Dataflow::MarkOutputs() {
  for (const NamedValue& output : graph_.outputs) {
    const NodeId producer = graph_.values[output.value].producer;
    if (producer != kNone && depends_[output.value]) operators_[producer].is_output = true;
  }
}

// What turns scores into the network's output is a layer of its own, so that
// the scores are one as well.
void Dataflow::SplitOffProbabilities() {
  for (const NamedValue& output : graph_.outputs) {
    NodeId node = graph_.values[output.value].producer;
    while (node != kNone && operators_[node].part == OperatorPart::kStructural) {
      node = graph_.values[operators_[node].sources[0]].producer;
    }
    if (node == kNone || operators_[node].part != OperatorPart::kTrailing) continue;
    if (GivesProbabilities(graph_.nodes[node])) operators_[node].part = OperatorPart::kHead;
  }
}

void Dataflow::MarkWhatLeadsAnywhere() {
  for (auto flow = operators_.rbegin(); flow != operators_.rend(); ++flow) {
    if (flow->part == OperatorPart::kNone) continue;
    flow->leads_anywhere |= flow->is_output || flow->part == OperatorPart::kHead;
    if (!flow->leads_anywhere) continue;
    for (ValueId source : flow->sources) {
      const NodeId producer = graph_.values[source].producer;
      if (producer != kNone) operators_[producer].leads_anywhere = true;
    }
  }
}

void Dataflow::AddUsers() {
  for (size_t i = 0; i < operators_.size(); ++i) {
    if (!operators_[i].leads_anywhere) continue;
    for (ValueId source : operators_[i].sources) {
      const NodeId producer = graph_.values[source].producer;
      if (producer == kNone) continue;
      std::vector<NodeId>& users = operators_[producer].users;
      if (users.empty() || users.back() != static_cast<NodeId>(i)) {
        users.push_back(static_cast<NodeId>(i));
      }
    }
  }
}

std::vector<int64_t> SizesWithoutBatch(const Value& value) {
  const bool has_batch = !value.sizes.empty() && value.sizes[0] == 1;
  return {value.sizes.begin() + (has_batch ? 1 : 0), value.sizes.end()};
}

}  // namespace deepvision
