#include "core/graph/plan.h"

#include <ATen/ops/clone.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"
#include "core/graph/tensors_in.h"

namespace deepvision {

// Decides what runs. Pure: looks at the graph only.
class Plan::Builder {
 public:
  Builder(const Graph& graph, const std::vector<ValueId>& targets)
      : graph_(graph), targets_(targets), needed_(graph.nodes.size(), false) {}

  void Build(Plan& plan, bool all_guards) {
    MarkNeeded();
    MarkGuards(all_guards);
    FindLastWrites();
    for (size_t i = 0; i < needed_.size(); ++i) {
      if (!needed_[i]) continue;
      step_of_node_[static_cast<NodeId>(i)] = static_cast<int>(plan.steps_.size());
      plan.steps_.push_back({&graph_.nodes[i], {}, {}});
    }
    plan.copies_input_ = IsWrittenAfter(graph_.input);
    AddCaptures(plan);
    AddLastUses(plan);
  }

 private:
  void Need(ValueId value) {
    while (value != kNone && graph_.values[value].producer != kNone) {
      needed_[graph_.values[value].producer] = true;
      value = graph_.values[value].previous;
    }
  }

  void NeedArguments() {
    for (size_t i = needed_.size(); i-- > 0;) {
      if (needed_[i]) ForEachArgumentValue(graph_.nodes[i], [&](ValueId value) { Need(value); });
    }
  }

  void MarkNeeded() {
    for (ValueId target : targets_) Need(target);
    NeedArguments();
  }

  // Every decision that was made before the last needed node must hold, and
  // those after it that settled what the targets' names mean.
  void MarkGuards(bool all) {
    const bool has_guards = std::any_of(graph_.nodes.begin(), graph_.nodes.end(),
                                        [](const Node& node) { return node.guard.has_value(); });
    if (!has_guards) return;
    const auto settled = all ? needed_.size() : static_cast<size_t>(SettledAt());
    bool later_needed = false;
    for (size_t i = needed_.size(); i-- > 0;) {
      later_needed |= needed_[i] || i < settled;
      if (later_needed && graph_.nodes[i].guard) needed_[i] = true;
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

  void FindLastWrites() {
    for (size_t i = 0; i < needed_.size(); ++i) {
      if (!needed_[i]) continue;
      for (ValueId write : graph_.nodes[i].writes) {
        last_write_[graph_.values[write].alias_set] = static_cast<NodeId>(i);
      }
    }
  }

  bool IsWrittenAfter(ValueId value) const {
    const auto found = last_write_.find(graph_.values[value].alias_set);
    return found != last_write_.end() && found->second > graph_.values[value].producer;
  }

  void AddCaptures(Plan& plan) {
    for (size_t i = 0; i < targets_.size(); ++i) {
      const Value& value = graph_.values[targets_[i]];
      const Capture capture{static_cast<int>(i), targets_[i], IsWrittenAfter(targets_[i])};
      if (value.producer == kNone) {
        plan.initial_captures_.push_back(capture);
        plan.delivery_order_.push_back(capture.target);
      } else {
        plan.steps_[step_of_node_.at(value.producer)].captures.push_back(capture);
      }
    }
    for (const Step& step : plan.steps_) {
      for (const Capture& capture : step.captures) plan.delivery_order_.push_back(capture.target);
    }
  }

  void AddLastUses(Plan& plan) const {
    std::vector<int> last_use(graph_.register_count, kNone);
    for (size_t i = 0; i < plan.steps_.size(); ++i) {
      const auto use = [&](ValueId value) {
        if (value != kNone) last_use[graph_.values[value].reg] = static_cast<int>(i);
      };
      const Node& node = *plan.steps_[i].node;
      ForEachArgumentValue(node, use);
      for (ValueId value : node.outputs) use(value);
      for (ValueId value : node.writes) use(value);
    }
    for (RegisterId reg = 0; reg < graph_.register_count; ++reg) {
      if (last_use[reg] != kNone) plan.steps_[last_use[reg]].last_uses.push_back(reg);
    }
  }

  const Graph& graph_;
  const std::vector<ValueId>& targets_;
  std::vector<bool> needed_;  // by node
  absl::flat_hash_map<NodeId, int> step_of_node_;
  absl::flat_hash_map<int32_t, NodeId> last_write_;  // by alias set
};

Plan Plan::Make(std::shared_ptr<const Graph> graph, const std::vector<ValueId>& targets) {
  Plan plan;
  plan.graph_ = std::move(graph);
  Builder(*plan.graph_, targets).Build(plan, /*all_guards=*/false);
  return plan;
}

Plan Plan::MakeGuardCheck(std::shared_ptr<const Graph> graph) {
  Plan plan;
  plan.graph_ = std::move(graph);
  Builder(*plan.graph_, {}).Build(plan, /*all_guards=*/true);
  return plan;
}

// One run: the registers and the argument stack.
class Plan::Execution {
 public:
  Execution(const Graph& graph, const RunOptions& options, TargetSink sink)
      : graph_(graph), options_(options), sink_(sink), registers_(graph.register_count) {}

  absl::Status Start(const Plan& plan, const at::Tensor& input) {
    registers_[graph_.values[graph_.input].reg] = plan.copies_input_ ? at::clone(input) : input;
    return Deliver(plan.initial_captures_);
  }

  absl::Status Run(const Step& step) {
    if (options_.cancelled.IsCancelled()) return absl::CancelledError("the request was cancelled");
    stack_.clear();
    for (const NamedArgument& named : step.node->arguments) stack_.push_back(Get(named.argument));
    {
      const c10::AutoGradMode mode(options_.gradients && step.node->grad_enabled);
      step.node->run(stack_);
    }
    DV_RETURN_IF_ERROR(CheckGuard(*step.node));
    StoreOutputs(*step.node);
    stack_.clear();
    DV_RETURN_IF_ERROR(Deliver(step.captures));
    for (RegisterId reg : step.last_uses) registers_[reg].reset();
    return absl::OkStatus();
  }

 private:
  const at::Tensor& TensorOf(ValueId id) const {
    const Value& value = graph_.values[id];
    return value.constant ? *value.constant : registers_[value.reg];
  }

  c10::IValue Get(const Argument& argument) const {
    if (argument.kind == Argument::Kind::kConstant) return argument.constant;
    if (argument.kind == Argument::Kind::kValue) return TensorOf(argument.value);
    c10::impl::GenericList list(argument.element_type);
    list.reserve(argument.elements.size());
    for (const Argument& element : argument.elements) list.push_back(Get(element));
    return list;
  }

  absl::Status CheckGuard(const Node& node) const {
    if (!node.guard || stack_.at(0) == *node.guard) return absl::OkStatus();
    return WithReason(absl::AbortedError(absl::StrCat(node.op_name, " decided otherwise")),
                      "GUARD_FAILED");
  }

  void StoreOutputs(const Node& node) {
    size_t next = 0;
    for (const c10::IValue& result : stack_) {
      ForEachTensor(result, [&](const at::Tensor& tensor) {
        const ValueId value = next < node.outputs.size() ? node.outputs[next] : kNone;
        if (value != kNone) registers_[graph_.values[value].reg] = tensor;
        ++next;
      });
    }
  }

  absl::Status Deliver(const std::vector<Capture>& captures) {
    for (const Capture& capture : captures) {
      const at::Tensor& value = TensorOf(capture.value);
      DV_RETURN_IF_ERROR(sink_(capture.target, capture.copy ? at::clone(value) : value));
    }
    return absl::OkStatus();
  }

  const Graph& graph_;
  const RunOptions& options_;
  TargetSink sink_;
  std::vector<at::Tensor> registers_;
  Stack stack_;
};

absl::Status Plan::Run(const at::Tensor& input, const RunOptions& options, TargetSink sink) const {
  const c10::AutoGradMode mode(options.gradients);
  Execution execution(*graph_, options, sink);
  DV_RETURN_IF_ERROR(execution.Start(*this, input));
  for (const Step& step : steps_) DV_RETURN_IF_ERROR(execution.Run(step));
  return absl::OkStatus();
}

}  // namespace deepvision
