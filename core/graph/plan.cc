#include "core/graph/plan.h"

#include <ATen/ops/as_strided.h>
#include <ATen/ops/clone.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/fault_point.h"
#include "core/base/status_macros.h"
#include "core/graph/needed_nodes.h"
#include "core/graph/tensors_in.h"

namespace deepvision {

namespace {

// The same values at the same strides, so that operators take the same way.
at::Tensor Copy(const at::Tensor& tensor) {
  if (tensor.is_non_overlapping_and_dense() || tensor.requires_grad()) return at::clone(tensor);
  const auto elements = static_cast<int64_t>(tensor.storage().nbytes() / tensor.itemsize());
  const at::Tensor memory = at::clone(at::as_strided(tensor, {elements}, {1}, 0));
  return at::as_strided(memory, tensor.sizes(), tensor.strides(), tensor.storage_offset());
}

}  // namespace

// Lays out what runs. Pure: looks at the graph only.
class Plan::Builder {
 public:
  Builder(const Graph& graph, const std::vector<ValueId>& targets, const AvailableValues& available,
          GuardChecks guards)
      : graph_(graph), targets_(targets), available_(available) {
    absl::flat_hash_set<ValueId> ids;
    for (const auto& [value, tensor] : available) ids.insert(value);
    needed_ = FindNeededNodes(graph, targets, ids, guards);
  }

  void Build(Plan& plan) {
    FindLastWrites();
    for (size_t i = 0; i < needed_.runs.size(); ++i) {
      if (!needed_.runs[i]) continue;
      step_of_node_[static_cast<NodeId>(i)] = static_cast<int>(plan.steps_.size());
      plan.steps_.push_back({&graph_.nodes[i], {}, {}, {}});
    }
    plan.copies_input_ = IsWrittenAfter(graph_.input);
    AddLoads(plan);
    AddCaptures(plan);
    AddLastUses(plan);
  }

 private:
  // What a register holds while the steps are walked.
  struct Held {
    ValueId value = kNone;
    bool shared = false;  // with the available values
  };

  void FindLastWrites() {
    for (size_t i = 0; i < needed_.runs.size(); ++i) {
      if (!needed_.runs[i]) continue;
      for (ValueId write : graph_.nodes[i].writes) {
        last_write_[graph_.values[write].alias_set] = static_cast<NodeId>(i);
      }
    }
  }

  bool IsWrittenAfter(ValueId value) const {
    const auto found = last_write_.find(graph_.values[value].alias_set);
    return found != last_write_.end() && found->second > graph_.values[value].producer;
  }

  bool Writes(const Node& node, int32_t alias_set) const {
    return std::any_of(node.writes.begin(), node.writes.end(),
                       [&](ValueId write) { return graph_.values[write].alias_set == alias_set; });
  }

  // Puts each available value into its register before the step that reads it.
  void AddLoads(Plan& plan) const {
    std::vector<Held> held(graph_.register_count);
    for (Step& step : plan.steps_) {
      ForEachArgumentValue(*step.node, [&](ValueId id) {
        if (!needed_.taken.contains(id)) return;
        const Value& value = graph_.values[id];
        const bool written = Writes(*step.node, value.alias_set);
        Held& now = held[value.reg];
        if (now.value == id && !(written && now.shared)) return;
        step.loads.push_back({value.reg, available_.at(id), written});
        now = {id, !written};
      });
      for (ValueId id : step.node->outputs) {
        if (id != kNone) held[graph_.values[id].reg] = {id, false};
      }
      for (ValueId id : step.node->writes) held[graph_.values[id].reg] = {id, false};
    }
  }

  std::vector<int> InExecutionOrder() const {
    std::vector<int> order(targets_.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return graph_.values[targets_[a]].producer < graph_.values[targets_[b]].producer;
    });
    return order;
  }

  // What is available is handed out right after the target before it.
  void AddCaptures(Plan& plan) const {
    std::vector<Capture>* captures = &plan.initial_captures_;
    for (const int target : InExecutionOrder()) {
      const ValueId id = targets_[target];
      Capture capture{target, id, false, {}};
      if (const auto found = available_.find(id); found != available_.end()) {
        capture.available = found->second;
      } else {
        capture.copy = IsWrittenAfter(id);
        const NodeId producer = graph_.values[id].producer;
        if (producer != kNone) captures = &plan.steps_[step_of_node_.at(producer)].captures;
      }
      captures->push_back(std::move(capture));
      plan.delivery_order_.push_back(target);
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
  const AvailableValues& available_;
  NeededNodes needed_;
  absl::flat_hash_map<NodeId, int> step_of_node_;
  absl::flat_hash_map<int32_t, NodeId> last_write_;  // by alias set
};

Plan Plan::Make(std::shared_ptr<const Graph> graph, const std::vector<ValueId>& targets) {
  Plan plan;
  plan.graph_ = std::move(graph);
  Builder(*plan.graph_, targets, {}, GuardChecks::kNeeded).Build(plan);
  return plan;
}

Plan Plan::Continue(std::shared_ptr<const Graph> graph, const std::vector<ValueId>& targets,
                    const AvailableValues& available) {
  Plan plan;
  plan.graph_ = std::move(graph);
  Builder(*plan.graph_, targets, available, GuardChecks::kNone).Build(plan);
  return plan;
}

Plan Plan::MakeGuardCheck(std::shared_ptr<const Graph> graph) {
  Plan plan;
  plan.graph_ = std::move(graph);
  Builder(*plan.graph_, {}, {}, GuardChecks::kAll).Build(plan);
  return plan;
}

bool Plan::Computes(ValueId value) const {
  const NodeId producer = graph_->values[value].producer;
  if (producer == kNone) return false;
  const Node* const node = &graph_->nodes[producer];
  const auto step = std::lower_bound(steps_.begin(), steps_.end(), node,
                                     [](const Step& a, const Node* b) { return a.node < b; });
  return step != steps_.end() && step->node == node;
}

// One run: the registers and the argument stack.
class Plan::Execution {
 public:
  Execution(const Graph& graph, const RunOptions& options, TargetSink sink)
      : graph_(graph), options_(options), sink_(sink), registers_(graph.register_count) {}

  absl::Status Start(const Plan& plan, const at::Tensor& input) {
    registers_[graph_.values[graph_.input].reg] = plan.copies_input_ ? Copy(input) : input;
    return Deliver(plan.initial_captures_);
  }

  absl::Status Run(const Step& step) {
    if (options_.go_on && !options_.go_on()) {
      return RequestCancelled();
    }
    for (const Load& load : step.loads) {
      registers_[load.reg] = load.copy ? Copy(load.value) : load.value;
    }
    stack_.clear();
    for (const NamedArgument& named : step.node->arguments) stack_.push_back(Get(named.argument));
    {
      const c10::AutoGradMode mode(options_.gradients && step.node->grad_enabled);
      step.node->run(stack_);
    }
    DV_FAULT_POINT("between_operators");
    DV_RETURN_IF_ERROR(CheckGuard(*step.node));
    StoreOutputs(*step.node);
    if (options_.gradients && options_.go_on) CallOnTheWayBack(*step.node);
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

  // Each output's gradient exists just before the node's own way back runs. Leaving it
  // there by an exception would leave what is ready to run, with its tensors, in a queue
  // of torch until the next way back.
  void CallOnTheWayBack(const Node& node) const {
    for (const ValueId id : node.outputs) {
      if (id == kNone || !TensorOf(id).requires_grad()) continue;
      TensorOf(id).register_hook(
          [go_on = options_.go_on](const at::Tensor&) { static_cast<void>(go_on()); });
    }
  }

  absl::Status Deliver(const std::vector<Capture>& captures) {
    for (const Capture& capture : captures) {
      const at::Tensor& value =
          capture.available.defined() ? capture.available : TensorOf(capture.value);
      DV_RETURN_IF_ERROR(sink_(capture.target, capture.copy ? Copy(value) : value));
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
