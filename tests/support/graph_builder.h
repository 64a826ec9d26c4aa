// Writes a Graph down by hand, a line per operator:
//
//   GraphBuilder net({1, 3, 32, 32});
//   const ValueId y = net.Module("conv1", "Conv2d", [&] { return net.Conv(net.input(), 16, 3); });
//   net.Output(net.Relu(y));
//   const Graph graph = std::move(net).Build();
//
// Names follow core/graph/graph.h. The operators do not run.
#ifndef DEEPVISION_TESTS_SUPPORT_GRAPH_BUILDER_H_
#define DEEPVISION_TESTS_SUPPORT_GRAPH_BUILDER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/graph/graph.h"

namespace deepvision {

using Sizes = std::vector<int64_t>;

class GraphBuilder {
 public:
  explicit GraphBuilder(Sizes input);

  ValueId input() const { return graph_.input; }

  // Arguments of an operator: ValueOf(x), Constant(3), …
  static NamedArgument Of(std::string name, ValueId value);
  static NamedArgument List(std::string name, const std::vector<ValueId>& values);
  static NamedArgument Constant(std::string name, c10::IValue constant);

  ValueId Weight(const std::string& name, Sizes sizes);

  // An operator with results of the given sizes; `op` as in Node::op.
  std::vector<ValueId> Operator(const std::string& op, std::vector<NamedArgument> arguments,
                                const std::vector<Sizes>& results);
  ValueId Operator(const std::string& op, std::vector<NamedArgument> arguments, Sizes result);
  // One that reads `x` and keeps its shape.
  ValueId Unary(const std::string& op, ValueId x);
  // The same in place: gives the new value of the tensor.
  ValueId InPlace(const std::string& op, ValueId x, std::vector<NamedArgument> others = {});

  ValueId Conv(ValueId x, int64_t channels, int64_t kernel, int64_t stride = 1, int64_t groups = 1);
  ValueId BatchNorm(ValueId x);
  ValueId LayerNorm(ValueId x);
  ValueId Relu(ValueId x) { return Unary("relu", x); }
  ValueId Linear(ValueId x, int64_t features);
  ValueId Add(ValueId a, ValueId b);
  ValueId Mul(ValueId a, ValueId b);
  ValueId Cat(const std::vector<ValueId>& values);  // over dimension 1
  ValueId Flatten(ValueId x);
  ValueId AveragePool(ValueId x);  // to [N, C, 1, 1]

  // Runs `body` as the module `path`; its result is the module's.
  ValueId Module(const std::string& path, const std::string& class_name,
                 const std::function<ValueId()>& body);
  // A module of which the file holds neither argument nor result.
  void Unstored(const std::string& path, const std::string& class_name);

  void Output(ValueId value, std::string path = "");

  const Sizes& sizes(ValueId value) const { return graph_.values[value].sizes; }

  Graph Build() &&;

 private:
  ValueId AddValue(Sizes sizes, NodeId producer);
  bool DependsOnInput(const Node& node) const;
  CallId Begin(const std::string& path, const std::string& class_name);
  void NameValues();

  Graph graph_;
  std::vector<CallId> open_calls_ = {0};
};

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_GRAPH_BUILDER_H_
