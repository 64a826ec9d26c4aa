// What a topology says about one value or one chain of operators: numbers, type,
// parameters, and whether a gradient reaches the input.
//
// Threading: immutable after construction.
// Ownership: refers to its arguments, which must outlive it.
#ifndef DEEPVISION_CORE_GRAPH_NODE_FACTS_H_
#define DEEPVISION_CORE_GRAPH_NODE_FACTS_H_

#include <string>
#include <vector>

#include "core/api/topology.h"
#include "core/graph/data_kind.h"
#include "core/graph/dataflow.h"
#include "core/graph/layers.h"
#include "core/graph/topology_draft.h"
#include "core/graph/value_names.h"

namespace deepvision {

class NodeFacts {
 public:
  NodeFacts(const Dataflow& flow, const DataKinds& kinds);

  // A node of kind INPUT or CHAIN. Its id is the preferred name of its value in
  // the LAYERS view, the operator's name in the OPERATORS view.
  Draft MakeDraft(const Layer& layer, TopologyView view) const;

  // Data kind, shape, type, aliases and whether it can be visualized.
  void DescribeValue(Draft& draft) const;

 private:
  void DescribeOperators(const Layer& layer, TopologyNode& node) const;
  void CountParameters(const Layer& layer, TopologyNode& node) const;
  std::vector<std::string> Members(const Layer& layer) const;

  const Dataflow& flow_;
  const Graph& graph_;
  const DataKinds& kinds_;
  const ValueNames names_;
  std::vector<bool> quantized_;  // by value: behind a quantised operator
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_NODE_FACTS_H_
