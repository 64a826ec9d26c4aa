#include "core/graph/prune_constants.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"

namespace deepvision {
namespace {

// Decides which nodes are computed in every run.
class KeptNodes {
 public:
  explicit KeptNodes(const Graph& graph)
      : graph_(graph), kept_(graph.nodes.size(), false), overwritten_(graph.values.size(), false) {
    int32_t sets = 0;
    for (const Value& value : graph_.values) {
      sets = std::max(sets, value.alias_set + 1);
      if (value.previous != kNone) overwritten_[value.previous] = true;
    }
    computed_sets_.assign(sets, false);
    while (Step()) {
    }
  }

  bool IsKept(NodeId node) const { return kept_[node]; }

  // Not a constant.
  bool IsComputed(ValueId value) const {
    const NodeId producer = graph_.values[value].producer;
    return value == graph_.input || (producer != kNone && kept_[producer]);
  }

 private:
  // One sweep; true when something changed.
  bool Step() {
    bool changed = false;
    for (size_t i = 0; i < kept_.size(); ++i) {
      if (!kept_[i] && MustKeep(graph_.nodes[i])) kept_[i] = changed = true;
      if (kept_[i]) changed |= MarkSets(graph_.nodes[i]);
    }
    for (const ModuleCall& call : graph_.calls) {
      for (const NamedValue& result : call.results) changed |= MarkRead(result.value);
    }
    for (const NamedValue& output : graph_.outputs) changed |= MarkRead(output.value);
    return changed;
  }

  bool MustKeep(const Node& node) const {
    bool keep = node.random;
    ForEachArgumentValue(node, [&](ValueId value) { keep |= IsComputed(value); });
    const auto in_computed_set = [&](ValueId value) {
      return value != kNone && computed_sets_[graph_.values[value].alias_set];
    };
    return keep || (!node.guard &&
                    (std::any_of(node.outputs.begin(), node.outputs.end(), in_computed_set) ||
                     std::any_of(node.writes.begin(), node.writes.end(), in_computed_set)));
  }

  bool MarkSets(const Node& node) {
    bool changed = false;
    for (ValueId write : node.writes) changed |= MarkSet(graph_.values[write].alias_set);
    ForEachArgumentValue(node, [&](ValueId value) { changed |= MarkRead(value); });
    return changed;
  }

  // A constant whose tensor was overwritten later no longer holds the value.
  bool MarkRead(ValueId value) {
    return !IsComputed(value) && overwritten_[value] && MarkSet(graph_.values[value].alias_set);
  }

  bool MarkSet(int32_t set) {
    if (computed_sets_[set]) return false;
    computed_sets_[set] = true;
    return true;
  }

  const Graph& graph_;
  std::vector<bool> kept_;           // by node
  std::vector<bool> overwritten_;    // by value
  std::vector<bool> computed_sets_;  // by alias set
};

// Copies what is kept under new numbers.
class Compactor {
 public:
  explicit Compactor(Graph graph) : old_(std::move(graph)), kept_(old_) {}

  Graph Run() {
    Number();
    new_.input = Move(old_.input);
    for (size_t i = 0; i < old_.nodes.size(); ++i) {
      if (kept_.IsKept(static_cast<NodeId>(i))) MoveNode(old_.nodes[i]);
    }
    for (ModuleCall& call : old_.calls) MoveCall(call);
    for (NamedValue& output : old_.outputs)
      new_.outputs.push_back({output.path, Move(output.value)});
    new_.warnings = std::move(old_.warnings);
    for (const Node& node : new_.nodes) new_.random |= node.random;
    return std::move(new_);
  }

 private:
  void Number() {
    NodeId next = 0;
    new_node_.reserve(old_.nodes.size() + 1);
    for (size_t i = 0; i < old_.nodes.size(); ++i) {
      new_node_.push_back(next);
      if (kept_.IsKept(static_cast<NodeId>(i))) ++next;
    }
    new_node_.push_back(next);
    new_value_.assign(old_.values.size(), kNone);
  }

  ValueId Move(ValueId id) {
    if (new_value_[id] != kNone) return new_value_[id];
    Value value = old_.values[id];
    const bool computed = kept_.IsComputed(id);
    if (computed) {
      value.constant.reset();
      value.previous = value.previous == kNone ? kNone : Move(value.previous);
    } else {
      value.previous = kNone;
    }
    value.producer = computed && value.producer != kNone ? new_node_[value.producer] : kNone;
    const auto [reg, is_new] = new_register_.try_emplace(value.reg, new_.register_count);
    if (is_new) ++new_.register_count;
    value.reg = reg->second;
    new_value_[id] = static_cast<ValueId>(new_.values.size());
    new_.values.push_back(std::move(value));
    return new_value_[id];
  }

  void MoveArgument(Argument& argument) {
    if (argument.kind == Argument::Kind::kValue) argument.value = Move(argument.value);
    for (Argument& element : argument.elements) MoveArgument(element);
  }

  void MoveNode(Node& node) {
    for (NamedArgument& named : node.arguments) MoveArgument(named.argument);
    for (ValueId& value : node.outputs) value = value == kNone ? kNone : Move(value);
    for (ValueId& value : node.writes) value = Move(value);
    new_.nodes.push_back(std::move(node));
  }

  void MoveCall(ModuleCall& call) {
    call.first_node = new_node_[call.first_node];
    call.end_node = new_node_[call.end_node];
    for (NamedValue& result : call.results) result.value = Move(result.value);
    new_.calls.push_back(std::move(call));
  }

  Graph old_;
  const KeptNodes kept_;
  Graph new_;
  std::vector<NodeId> new_node_;
  std::vector<ValueId> new_value_;
  absl::flat_hash_map<RegisterId, RegisterId> new_register_;
};

void AddId(Graph& graph, const std::string& id, ValueId value) { graph.ids.try_emplace(id, value); }

// Names the operators and fills in `ids`. Module results win over operators.
void NameValues(Graph& graph) {
  for (const ModuleCall& call : graph.calls) {
    if (call.path.empty()) continue;
    for (const NamedValue& result : call.results) {
      const std::string name = CallName(call);
      AddId(graph, result.path.empty() ? name : absl::StrCat(name, ":", result.path), result.value);
    }
  }
  // A name that a module has already means the module.
  if (graph.ids.contains(graph.input_id)) graph.input_id = "/input";
  AddId(graph, graph.input_id, graph.input);
  const std::string name = graph.ids.contains("output") ? "/output" : "output";
  for (const NamedValue& output : graph.outputs) {
    AddId(graph, output.path.empty() ? name : absl::StrCat(name, ":", output.path), output.value);
  }
  absl::flat_hash_map<std::string, int> repeats;
  for (Node& node : graph.nodes) {
    if (node.guard) continue;
    const std::string base =
        absl::StrCat(node.call == kNone ? "" : graph.calls[node.call].path, "/", node.op);
    const int repeat = repeats[base]++;
    node.id = repeat == 0 ? base : absl::StrCat(base, "@", repeat);
    int position = 0;
    for (ValueId value : node.outputs) {
      if (value != kNone)
        AddId(graph, position == 0 ? node.id : absl::StrCat(node.id, ":", position), value);
      ++position;
    }
    if (!node.writes.empty()) AddId(graph, node.id, node.writes.front());
  }
}

}  // namespace

Graph PruneConstants(Graph graph) {
  Graph pruned = Compactor(std::move(graph)).Run();
  NameValues(pruned);
  return pruned;
}

}  // namespace deepvision
