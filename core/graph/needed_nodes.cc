#include "core/graph/needed_nodes.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"

namespace deepvision {
namespace {

class Search {
 public:
  Search(const Graph& graph, const std::vector<ValueId>& targets,
         const absl::flat_hash_set<ValueId>& available, GuardChecks guards)
      : graph_(graph), targets_(targets), available_(available), guards_(guards) {}

  NeededNodes Run() {
    do {
      runs_.assign(graph_.nodes.size(), false);
      taken_from_.clear();
      MarkTargets();
      MarkGuards();
    } while (GiveUpSharedMemory());
    return {runs_, Taken()};
  }

 private:
  bool CanTake(ValueId value) const {
    return graph_.values[value].producer != kNone && available_.contains(value) &&
           !given_up_.contains(graph_.values[value].alias_set);
  }

  void Need(ValueId value) {
    while (value != kNone && graph_.values[value].producer != kNone) {
      if (CanTake(value)) {
        taken_from_.insert(graph_.values[value].alias_set);
        return;
      }
      runs_[graph_.values[value].producer] = true;
      value = graph_.values[value].previous;
    }
  }

  void NeedArguments() {
    for (size_t i = runs_.size(); i-- > 0;) {
      if (runs_[i]) ForEachArgumentValue(graph_.nodes[i], [&](ValueId value) { Need(value); });
    }
  }

  void MarkTargets() {
    for (ValueId target : targets_) {
      if (!available_.contains(target)) Need(target);
    }
    NeedArguments();
  }

  // Every decision that was made before the last needed node must hold, and
  // those after it that settled what the targets' names mean.
  void MarkGuards() {
    const bool has_guards = std::any_of(graph_.nodes.begin(), graph_.nodes.end(),
                                        [](const Node& node) { return node.guard.has_value(); });
    if (!has_guards || guards_ == GuardChecks::kNone) return;
    const auto settled =
        guards_ == GuardChecks::kAll ? runs_.size() : static_cast<size_t>(SettledAt());
    bool later_needed = false;
    for (size_t i = runs_.size(); i-- > 0;) {
      later_needed |= runs_[i] || i < settled;
      if (later_needed && graph_.nodes[i].guard) runs_[i] = true;
    }
    NeedArguments();
  }

  // A module's result is settled at the end of its call (it may return early),
  // an output at the end of the network.
  NodeId SettledAt() const {
    const absl::flat_hash_set<ValueId> targets(targets_.begin(), targets_.end());
    const auto asked = [&](const NamedValue& named) { return targets.contains(named.value); };
    if (std::any_of(graph_.outputs.begin(), graph_.outputs.end(), asked)) {
      return static_cast<NodeId>(graph_.nodes.size());
    }
    NodeId settled = 0;
    for (const ModuleCall& call : graph_.calls) {
      if (call.end_node > settled && std::any_of(call.results.begin(), call.results.end(), asked)) {
        settled = call.end_node;
      }
    }
    return settled;
  }

  absl::flat_hash_set<ValueId> Taken() const {
    absl::flat_hash_set<ValueId> taken;
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (!runs_[i]) continue;
      ForEachArgumentValue(graph_.nodes[i], [&](ValueId value) {
        if (CanTake(value)) taken.insert(value);
      });
    }
    return taken;
  }

  // The tensors (registers) of each piece of memory that the run deals with.
  absl::flat_hash_map<int32_t, absl::flat_hash_set<RegisterId>> TensorsByMemory() const {
    absl::flat_hash_map<int32_t, absl::flat_hash_set<RegisterId>> tensors;
    const auto add = [&](ValueId id) {
      if (id == kNone || graph_.values[id].constant) return;
      tensors[graph_.values[id].alias_set].insert(graph_.values[id].reg);
    };
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (!runs_[i]) continue;
      ForEachArgumentValue(graph_.nodes[i], add);
      for (ValueId output : graph_.nodes[i].outputs) add(output);
    }
    for (ValueId target : targets_) {
      if (!available_.contains(target)) add(target);
    }
    return tensors;
  }

  // True when the search must be repeated without some available values.
  bool GiveUpSharedMemory() {
    if (taken_from_.empty()) return false;
    const auto tensors = TensorsByMemory();
    const size_t before = given_up_.size();
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (!runs_[i]) continue;
      for (ValueId write : graph_.nodes[i].writes) {
        const int32_t memory = graph_.values[write].alias_set;
        const auto known = tensors.find(memory);
        const bool shared = known != tensors.end() && known->second.size() > 1;
        if (shared && taken_from_.contains(memory)) given_up_.insert(memory);
      }
    }
    return given_up_.size() > before;
  }

  const Graph& graph_;
  const std::vector<ValueId>& targets_;
  const absl::flat_hash_set<ValueId>& available_;
  const GuardChecks guards_;
  std::vector<bool> runs_;
  absl::flat_hash_set<int32_t> taken_from_;  // alias sets
  absl::flat_hash_set<int32_t> given_up_;    // alias sets
};

}  // namespace

NeededNodes FindNeededNodes(const Graph& graph, const std::vector<ValueId>& targets,
                            const absl::flat_hash_set<ValueId>& available, GuardChecks guards) {
  return Search(graph, targets, available, guards).Run();
}

}  // namespace deepvision
