// A graph seen as operators that hand their results to one another: which of
// them depend on the input, what they read, who reads them.
//
// An operator that writes in place is a reader of what it overwrites and the
// maker of what it leaves; reads by operators that make no value (guards) do not
// count.
//
// Threading: immutable after construction.
// Ownership: refers to the graph, which must outlive it.
#ifndef DEEPVISION_CORE_GRAPH_DATAFLOW_H_
#define DEEPVISION_CORE_GRAPH_DATAFLOW_H_

#include <vector>

#include "core/graph/graph.h"
#include "core/graph/operator_kinds.h"

namespace deepvision {

// The part that an operator plays in the LAYERS view, given what it reads.
enum class OperatorPart {
  kNone,        // makes no value that depends on the input
  kHead,        // makes a layer
  kTrailing,    // belongs to the layer before it, else makes one
  kScale,       // arithmetic with a plain number: belongs to the layer before
                // it, else is left out
  kStructural,  // moves data: belongs to a layer or is left out
};

struct OperatorFlow {
  OperatorPart part = OperatorPart::kNone;
  OperatorKind kind;
  ValueId value = kNone;         // the operator's (first) result
  int result_count = 0;          // values made, without aliases of written ones
  std::vector<ValueId> sources;  // distinct values read that depend on the input
  std::vector<NodeId> users;     // distinct operators that read a result, if they lead anywhere
  bool is_output = false;        // makes an output of the network
  bool leads_anywhere = false;   // to an output or to a head
};

class Dataflow {
 public:
  explicit Dataflow(const Graph& graph);

  const Graph& graph() const { return graph_; }
  const OperatorFlow& at(NodeId node) const { return operators_[node]; }

  // True when the content, not only the shape, of the value depends on the input.
  bool DependsOnInput(ValueId value) const { return depends_[value]; }

  // The operator that made the value; kNone for the input.
  NodeId Producer(ValueId value) const { return graph_.values[value].producer; }

 private:
  void AddOperator(NodeId id);
  void MarkOutputs();
  void SplitOffProbabilities();
  void MarkWhatLeadsAnywhere();
  void AddUsers();

  const Graph& graph_;
  std::vector<bool> depends_;  // by value
  std::vector<OperatorFlow> operators_;
};

// Sizes without the batch dimension where there is one of size 1, else all.
std::vector<int64_t> SizesWithoutBatch(const Value& value);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_DATAFLOW_H_
