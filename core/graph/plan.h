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
// Threading: immutable; several threads may run one plan at once. Run blocks
// until the last target exists.
// Ownership: shares the graph.
#ifndef DEEPVISION_CORE_GRAPH_PLAN_H_
#define DEEPVISION_CORE_GRAPH_PLAN_H_

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "core/api/cancellation.h"
#include "core/graph/graph.h"

namespace deepvision {

struct RunOptions {
  // Build the autograd graph, so that gradients flow from the targets to the
  // input. Without it each tensor's memory is free after its last use.
  bool gradients = false;
  CancellationToken cancelled;
};

// Takes a target as soon as it exists, in execution order. `target` is the
// position in the list that the plan was made with. An error ends the run.
using TargetSink = absl::FunctionRef<absl::Status(int target, const at::Tensor& value)>;

class Plan {
 public:
  static Plan Make(std::shared_ptr<const Graph> graph, const std::vector<ValueId>& targets);

  // Only the graph's guards: a run says whether the input takes the way through
  // the control flow that the graph was made for.
  static Plan MakeGuardCheck(std::shared_ptr<const Graph> graph);

  // Runs the plan on `input`, [batch, …] of the graph's input shape and dtype.
  //   kCancelled  the token was raised; seen between two operators
  //   kAborted    a guard failed: the graph was made for another way through
  //               the network's control flow; make one for this input
  //   any other   what `sink` returned
  // Exceptions of torch pass through.
  absl::Status Run(const at::Tensor& input, const RunOptions& options, TargetSink sink) const;

  // Operators that a run executes.
  int operator_count() const { return static_cast<int>(steps_.size()); }

  // Targets in the order in which they will exist.
  const std::vector<int>& delivery_order() const { return delivery_order_; }

 private:
  struct Capture {
    int target;
    ValueId value;
    bool copy;  // a later step overwrites it
  };
  struct Step {
    const Node* node;
    std::vector<Capture> captures;
    std::vector<RegisterId> last_uses;  // registers to clear afterwards
  };
  class Builder;
  class Execution;

  std::shared_ptr<const Graph> graph_;
  bool copies_input_ = false;              // a step writes the input's memory
  std::vector<Capture> initial_captures_;  // the input and constants
  std::vector<Step> steps_;
  std::vector<int> delivery_order_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_PLAN_H_
