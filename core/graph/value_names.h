// The names of a value: which of them people use, and which are aliases.
//
// Threading: immutable after construction.
// Ownership: refers to the graph, which must outlive it.
#ifndef DEEPVISION_CORE_GRAPH_VALUE_NAMES_H_
#define DEEPVISION_CORE_GRAPH_VALUE_NAMES_H_

#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace deepvision {

// The innermost module call (not the network's own) in which `value` was made
// and that returns it; kNone when there is none. A module that merely hands on
// what it was given does not count: traces do not record it.
CallId CallThatReturns(const Graph& graph, ValueId value);

class ValueNames {
 public:
  explicit ValueNames(const Graph& graph);

  // The name of the call above ("layer1.0.relu", "encoder:1"), else the
  // operator's ("layer1.0/add"). It resolves to `value`.
  std::string Preferred(ValueId value) const;

  // The operator's name ("layer1.0.relu/relu"); "input" for the input.
  std::string OfOperator(ValueId value) const;

  // Every other name, shortest first.
  std::vector<std::string> Aliases(ValueId value, const std::string& without) const;

 private:
  const Graph& graph_;
  std::vector<std::vector<std::string>> names_;  // by value, shortest first
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_VALUE_NAMES_H_
