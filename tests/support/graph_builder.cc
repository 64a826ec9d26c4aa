#include "tests/support/graph_builder.h"

#include <ATen/ops/zeros.h>

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"

namespace deepvision {
namespace {

// Under "layer1.0.conv1" the parameters are "layer1.0.conv1.weight".
std::string Qualified(const Graph& graph, CallId call, const std::string& name) {
  const std::string& path = graph.calls[call].path;
  return path.empty() ? name : absl::StrCat(path, ".", name);
}

}  // namespace

GraphBuilder::GraphBuilder(Sizes input) {
  graph_.calls.push_back({"", "Network"});
  graph_.input = AddValue(std::move(input), kNone);
}

NamedArgument GraphBuilder::Of(std::string name, ValueId value) {
  NamedArgument named{std::move(name), {}};
  named.argument.kind = Argument::Kind::kValue;
  named.argument.value = value;
  return named;
}

NamedArgument GraphBuilder::List(std::string name, const std::vector<ValueId>& values) {
  NamedArgument named{std::move(name), {}};
  named.argument.kind = Argument::Kind::kList;
  for (ValueId value : values) named.argument.elements.push_back(Of("", value).argument);
  return named;
}

NamedArgument GraphBuilder::Constant(std::string name, c10::IValue constant) {
  NamedArgument named{std::move(name), {}};
  named.argument.constant = std::move(constant);
  return named;
}

ValueId GraphBuilder::AddValue(Sizes sizes, NodeId producer) {
  const auto id = static_cast<ValueId>(graph_.values.size());
  Value& value = graph_.values.emplace_back();
  value.producer = producer;
  value.sizes = std::move(sizes);
  value.reg = id;
  value.alias_set = id;
  value.differentiable = true;
  graph_.register_count = id + 1;
  return id;
}

ValueId GraphBuilder::Weight(const std::string& name, Sizes sizes) {
  const at::Tensor tensor = at::zeros(sizes);
  const ValueId value = AddValue(std::move(sizes), kNone);
  graph_.values[value].constant = tensor;
  graph_.values[value].differentiable = false;
  graph_.values[value].weight_name = Qualified(graph_, open_calls_.back(), name);
  return value;
}

std::vector<ValueId> GraphBuilder::Operator(const std::string& op,
                                            std::vector<NamedArgument> arguments,
                                            const std::vector<Sizes>& results) {
  const auto id = static_cast<NodeId>(graph_.nodes.size());
  Node& node = graph_.nodes.emplace_back();
  node.op = op;
  node.op_name = absl::StrCat("aten::", op);
  node.arguments = std::move(arguments);
  node.call = open_calls_.back();
  for (const Sizes& sizes : results) {
    const ValueId value = AddValue(sizes, id);
    graph_.nodes[id].outputs.push_back(value);
  }
  return graph_.nodes[id].outputs;
}

ValueId GraphBuilder::Operator(const std::string& op, std::vector<NamedArgument> arguments,
                               Sizes result) {
  return Operator(op, std::move(arguments), std::vector<Sizes>{std::move(result)})[0];
}

ValueId GraphBuilder::Unary(const std::string& op, ValueId x) {
  return Operator(op, {Of("self", x)}, sizes(x));
}

ValueId GraphBuilder::InPlace(const std::string& op, ValueId x, std::vector<NamedArgument> others) {
  others.insert(others.begin(), Of("self", x));
  Operator(op, std::move(others), std::vector<Sizes>{});
  const auto id = static_cast<NodeId>(graph_.nodes.size()) - 1;
  const ValueId value = AddValue(sizes(x), id);
  graph_.values[value].previous = x;
  graph_.values[value].reg = graph_.values[x].reg;
  graph_.values[value].alias_set = graph_.values[x].alias_set;
  graph_.nodes[id].op_name = absl::StrCat("aten::", op, "_");
  graph_.nodes[id].outputs = {kNone};
  graph_.nodes[id].writes = {value};
  return value;
}

ValueId GraphBuilder::Conv(ValueId x, int64_t channels, int64_t kernel, int64_t stride,
                           int64_t groups) {
  const Sizes from = sizes(x);
  const ValueId weight = Weight("weight", {channels, from[1] / groups, kernel, kernel});
  const int64_t padding = kernel == stride ? 0 : kernel / 2;
  const auto size = [&](int64_t side) { return (side + 2 * padding - kernel) / stride + 1; };
  return Operator("conv2d",
                  {Of("input", x), Of("weight", weight), Constant("bias", c10::IValue()),
                   Constant("stride", std::vector<int64_t>{stride, stride}),
                   Constant("padding", std::vector<int64_t>{padding, padding}),
                   Constant("dilation", std::vector<int64_t>{1, 1}), Constant("groups", groups)},
                  {from[0], channels, size(from[2]), size(from[3])});
}

ValueId GraphBuilder::BatchNorm(ValueId x) {
  const int64_t channels = sizes(x)[1];
  return Operator("batch_norm",
                  {Of("input", x), Of("weight", Weight("weight", {channels})),
                   Of("bias", Weight("bias", {channels})),
                   Of("running_mean", Weight("running_mean", {channels})), Constant("eps", 1e-5)},
                  sizes(x));
}

ValueId GraphBuilder::LayerNorm(ValueId x) {
  const int64_t features = sizes(x).back();
  return Operator("layer_norm",
                  {Of("input", x), Constant("normalized_shape", std::vector<int64_t>{features}),
                   Of("weight", Weight("weight", {features}))},
                  sizes(x));
}

ValueId GraphBuilder::Linear(ValueId x, int64_t features) {
  Sizes to = sizes(x);
  const ValueId weight = Weight("weight", {features, to.back()});
  const ValueId bias = Weight("bias", {features});
  to.back() = features;
  return Operator("linear", {Of("input", x), Of("weight", weight), Of("bias", bias)}, to);
}

ValueId GraphBuilder::Add(ValueId a, ValueId b) {
  return Operator("add", {Of("self", a), Of("other", b), Constant("alpha", 1)}, sizes(a));
}

ValueId GraphBuilder::Mul(ValueId a, ValueId b) {
  return Operator("mul", {Of("self", a), Of("other", b)}, sizes(a));
}

ValueId GraphBuilder::Cat(const std::vector<ValueId>& values) {
  Sizes to = sizes(values[0]);
  to[1] = 0;
  for (ValueId value : values) to[1] += sizes(value)[1];
  return Operator("cat", {List("tensors", values), Constant("dim", 1)}, to);
}

ValueId GraphBuilder::Flatten(ValueId x) {
  const Sizes& from = sizes(x);
  int64_t features = 1;
  for (size_t i = 1; i < from.size(); ++i) features *= from[i];
  return Operator("flatten", {Of("self", x), Constant("start_dim", 1)}, {from[0], features});
}

ValueId GraphBuilder::AveragePool(ValueId x) {
  return Operator("adaptive_avg_pool2d",
                  {Of("self", x), Constant("output_size", std::vector<int64_t>{1, 1})},
                  {sizes(x)[0], sizes(x)[1], 1, 1});
}

CallId GraphBuilder::Begin(const std::string& path, const std::string& class_name) {
  ModuleCall call{path, class_name};
  call.repeat =
      static_cast<int>(std::count_if(graph_.calls.begin(), graph_.calls.end(),
                                     [&](const ModuleCall& c) { return c.path == path; }));
  call.parent = open_calls_.back();
  call.first_node = static_cast<NodeId>(graph_.nodes.size());
  call.end_node = call.first_node;
  graph_.calls.push_back(std::move(call));
  return static_cast<CallId>(graph_.calls.size()) - 1;
}

ValueId GraphBuilder::Module(const std::string& path, const std::string& class_name,
                             const std::function<ValueId()>& body) {
  const CallId call = Begin(path, class_name);
  open_calls_.push_back(call);
  const ValueId result = body();
  open_calls_.pop_back();
  graph_.calls[call].end_node = static_cast<NodeId>(graph_.nodes.size());
  graph_.calls[call].results.push_back({"", result});
  return result;
}

void GraphBuilder::Unstored(const std::string& path, const std::string& class_name) {
  graph_.calls[Begin(path, class_name)].value_not_stored = true;
}

void GraphBuilder::Output(ValueId value, std::string path) {
  graph_.outputs.push_back({std::move(path), value});
}

void GraphBuilder::NameValues() {
  graph_.ids.emplace("input", graph_.input);
  for (const ModuleCall& call : graph_.calls) {
    if (call.path.empty()) continue;
    for (const NamedValue& result : call.results) graph_.ids.emplace(CallName(call), result.value);
  }
  std::map<std::string, int> repeats;
  for (Node& node : graph_.nodes) {
    node.id = absl::StrCat(graph_.calls[node.call].path, "/", node.op);
    const int repeat = repeats[node.id]++;
    if (repeat > 0) absl::StrAppend(&node.id, "@", repeat);
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] == kNone) continue;
      graph_.ids.emplace(i == 0 ? node.id : absl::StrCat(node.id, ":", i), node.outputs[i]);
    }
    if (!node.writes.empty()) graph_.ids.emplace(node.id, node.writes[0]);
  }
}

Graph GraphBuilder::Build() && {
  graph_.calls[0].end_node = static_cast<NodeId>(graph_.nodes.size());
  graph_.calls[0].results = graph_.outputs;
  NameValues();
  return std::move(graph_);
}

}  // namespace deepvision
