// What to compute for a set of target values, and how to compute it.
//
//   const Plan plan = Plan::Make(graph, {FindValue(*graph, "layer1.0.relu")});
//   DV_RETURN_IF_ERROR(plan.Run(input, {}, [&](int target, const at::Tensor& value) {
//     …                                   // as soon as the value exists
//     return absl::OkStatus();
//   }));
//
// A plan holds only the nodes that its targets need (what lies behind the last
// target is never computed), drops each tensor after its last use, and copies a
// target whose memory a later node overwrites. Making one costs microseconds to
// a millisecond, so plans are not cached.
//
// A plan can continue from values that an earlier run on the same input has
// handed out. They are read and handed out, never written: a node that writes in
// place gets a copy. What such a plan hands out equals a full run bit for bit.
//
// Threading: immutable; several threads may run one plan at once. Run blocks
// until the last target exists.
// Ownership: shares the graph and the available tensors that it uses.
#ifndef DEEPVISION_CORE_GRAPH_PLAN_H_
#define DEEPVISION_CORE_GRAPH_PLAN_H_

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "core/graph/graph.h"

namespace deepvision {

// Values of one input that exist already, as a run handed them out.
using AvailableValues = absl::flat_hash_map<ValueId, at::Tensor>;

struct RunOptions {
  // Build the autograd graph, so that gradients flow from the targets to the
  // input. Without it each tensor's memory is free after its last use.
  bool gradients = false;
  // Asked before each operator whether to go on. With `gradients` it is also called
  // before each one of the way back, perhaps on a thread of torch; the way back goes on
  // in any case. May be empty: to the end.
  std::function<bool()> go_on;
};

// Takes a target as soon as it exists, in execution order. `target` is the
// position in the list that the plan was made with. An error ends the run.
using TargetSink = absl::FunctionRef<absl::Status(int target, const at::Tensor& value)>;

class Plan {
 public:
  static Plan Make(std::shared_ptr<const Graph> graph, const std::vector<ValueId>& targets);

  // Computes what `available` lacks. The graph must not be random, and the values
  // must be of the input that the plan will run on. No guard is checked: they
  // held when the values were made.
  static Plan Continue(std::shared_ptr<const Graph> graph, const std::vector<ValueId>& targets,
                       const AvailableValues& available);

  // Only the graph's guards: a run says whether the input takes the way through
  // the control flow that the graph was made for.
  static Plan MakeGuardCheck(std::shared_ptr<const Graph> graph);

  // Runs the plan on `input`, [batch, …] of the graph's input shape and dtype.
  //   kCancelled  `options.go_on` said no
  //   kAborted    a guard failed: the graph was made for another way through
  //               the network's control flow; make one for this input
  //   any other   what `sink` returned
  // Exceptions of torch pass through.
  absl::Status Run(const at::Tensor& input, const RunOptions& options, TargetSink sink) const;

  // Operators that a run executes.
  int operator_count() const { return static_cast<int>(steps_.size()); }

  // Whether a run makes this value, asked for or not.
  bool Computes(ValueId value) const;

  // Targets in the order in which they will exist.
  const std::vector<int>& delivery_order() const { return delivery_order_; }

 private:
  struct Capture {
    int target;
    ValueId value;
    bool copy;             // a later step overwrites it
    at::Tensor available;  // when it need not be computed
  };
  struct Load {
    RegisterId reg;
    at::Tensor value;
    bool copy;  // the step overwrites it
  };
  struct Step {
    const Node* node;
    std::vector<Load> loads;  // before the node runs
    std::vector<Capture> captures;
    std::vector<RegisterId> last_uses;  // registers to clear afterwards
  };
  class Builder;
  class Execution;

  std::shared_ptr<const Graph> graph_;
  bool copies_input_ = false;              // a step writes the input's memory
  std::vector<Capture> initial_captures_;  // the input, constants, what is available
  std::vector<Step> steps_;
  std::vector<int> delivery_order_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_PLAN_H_
