#include "core/graph/node_facts.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/graph/titles.h"

namespace deepvision {
namespace {

std::string TypeName(c10::ScalarType type) {
  switch (type) {
    case c10::ScalarType::Float:
      return "float32";
    case c10::ScalarType::Double:
      return "float64";
    case c10::ScalarType::Half:
      return "float16";
    case c10::ScalarType::BFloat16:
      return "bfloat16";
    case c10::ScalarType::Byte:
      return "uint8";
    case c10::ScalarType::Char:
      return "int8";
    case c10::ScalarType::Short:
      return "int16";
    case c10::ScalarType::Int:
      return "int32";
    case c10::ScalarType::Long:
      return "int64";
    case c10::ScalarType::Bool:
      return "bool";
    default:
      return absl::AsciiStrToLower(c10::toString(type));
  }
}

bool IsQuantizing(const Node& node) {
  return absl::StartsWith(node.op_name, "quantized::") || absl::StartsWith(node.op, "quantize_per");
}

std::vector<bool> FindQuantized(const Dataflow& flow) {
  const Graph& graph = flow.graph();
  std::vector<bool> quantized(graph.values.size(), false);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::vector<ValueId>& sources = flow.at(static_cast<NodeId>(i)).sources;
    const bool behind = IsQuantizing(graph.nodes[i]) ||
                        std::any_of(sources.begin(), sources.end(),
                                    [&](ValueId source) { return quantized[source]; });
    if (!behind) continue;
    for (ValueId value : graph.nodes[i].outputs) {
      if (value != kNone) quantized[value] = true;
    }
    for (ValueId value : graph.nodes[i].writes) quantized[value] = true;
  }
  return quantized;
}

// A join that is normalised afterwards shows it in its title, as there is no
// weight of its own to tell the two apart.
bool NamesNormalization(const OperatorFlow& head) {
  return head.kind.family == OperatorFamily::kArithmetic ||
         head.kind.family == OperatorFamily::kConcat;
}

bool IsStatistic(absl::string_view argument) {
  return argument == "running_mean" || argument == "running_var";
}

bool IsBias(absl::string_view weight_name) {
  const size_t dot = weight_name.rfind('.');
  return absl::StrContains(weight_name.substr(dot == absl::string_view::npos ? 0 : dot + 1),
                           "bias");
}

void ForEachValueIn(const Argument& argument, const std::function<void(ValueId)>& visit) {
  if (argument.kind == Argument::Kind::kValue) visit(argument.value);
  for (const Argument& element : argument.elements) ForEachValueIn(element, visit);
}

}  // namespace

NodeFacts::NodeFacts(const Dataflow& flow, const DataKinds& kinds)
    : flow_(flow),
      graph_(flow.graph()),
      kinds_(kinds),
      names_(flow.graph()),
      quantized_(FindQuantized(flow)) {}

Draft NodeFacts::MakeDraft(const Layer& layer, TopologyView view) const {
  Draft draft;
  draft.value = layer.value;
  draft.operands = layer.operands;
  draft.predecessors = layer.predecessors;
  if (layer.nodes.empty()) {
    draft.node.id = graph_.input_id;
    draft.node.title = "Input";
    draft.node.kind = NodeKind::kInput;
    draft.order = -4;
    return draft;
  }
  draft.head = layer.nodes.front();
  draft.call = graph_.nodes[draft.head].call;
  draft.order = 4 * static_cast<int64_t>(layer.nodes.back());
  draft.node.id = view == TopologyView::kLayers ? names_.Preferred(layer.value)
                                                : names_.OfOperator(layer.value);
  DescribeOperators(layer, draft.node);
  CountParameters(layer, draft.node);
  return draft;
}

void NodeFacts::DescribeOperators(const Layer& layer, TopologyNode& node) const {
  const Node& head = graph_.nodes[layer.nodes.front()];
  node.kind = NodeKind::kChain;
  node.head = head.op;
  node.title = OperatorTitle(flow_, layer.nodes.front());
  node.attributes = OperatorAttributes(flow_, layer.nodes.front());
  node.members = Members(layer);
  if (head.call != kNone) {
    node.module_class = graph_.calls[head.call].class_name;
    node.module_path = graph_.calls[head.call].path;
  }
  for (size_t i = 1; i < layer.nodes.size(); ++i) {
    const OperatorKind kind = flow_.at(layer.nodes[i]).kind;
    const std::string title(kind.title);
    if (kind.family == OperatorFamily::kActivation) node.attributes["activation"] = title;
    if (kind.family != OperatorFamily::kNormalization) continue;
    node.attributes["normalization"] = title;
    if (NamesNormalization(flow_.at(layer.nodes.front()))) {
      absl::StrAppend(&node.title, " + ", absl::AsciiStrToLower(title));
    }
  }
}

std::vector<std::string> NodeFacts::Members(const Layer& layer) const {
  std::vector<std::string> members;
  for (NodeId node : layer.nodes) {
    for (ValueId value : graph_.nodes[node].outputs) {
      if (value != kNone) members.push_back(names_.OfOperator(value));
    }
    if (flow_.at(node).result_count == 1 && !graph_.nodes[node].writes.empty()) {
      members.push_back(names_.OfOperator(flow_.at(node).value));
    }
  }
  return members;
}

void NodeFacts::CountParameters(const Layer& layer, TopologyNode& node) const {
  absl::flat_hash_set<std::string> counted;
  for (NodeId id : layer.nodes) {
    for (const NamedArgument& named : graph_.nodes[id].arguments) {
      if (IsStatistic(named.name)) continue;
      ForEachValueIn(named.argument, [&](ValueId value) {
        const Value& weight = graph_.values[value];
        if (!weight.constant || weight.weight_name.empty()) return;
        if (!counted.insert(weight.weight_name).second) return;
        node.parameter_count += weight.constant->numel();
        node.has_weights |= !IsBias(weight.weight_name);
      });
    }
  }
}

void NodeFacts::DescribeValue(Draft& draft) const {
  const Value& value = graph_.values[draft.value];
  const DataDescription data = kinds_.Describe(draft.value);
  TopologyNode& node = draft.node;
  node.data_kind = data.kind;
  node.shape = data.shape;
  node.token_grid = data.grid;
  node.dtype = TypeName(value.dtype);
  node.aliases = names_.Aliases(draft.value, node.id);
  node.can_visualize = value.differentiable && node.kind != NodeKind::kInput;
  if (node.can_visualize) return;
  if (node.kind == NodeKind::kInput) {
    node.cannot_visualize_reason = "it is the input";
  } else if (quantized_[draft.value]) {
    node.cannot_visualize_reason = "it lies behind a quantised operator";
  } else {
    node.cannot_visualize_reason = "no gradient flows from it to the input";
  }
}

}  // namespace deepvision
