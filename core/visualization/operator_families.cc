#include "core/visualization/operator_families.h"

#include "absl/container/flat_hash_set.h"

namespace deepvision {

std::string PlainName(const Node& node) {
  const std::string& name = node.op_name;
  return name.back() == '_' ? name.substr(0, name.size() - 1) : name;
}

bool IsElementwise(const Node& node) {
  static const auto* const names = new absl::flat_hash_set<std::string>{"aten::relu",
                                                                        "aten::relu6",
                                                                        "aten::hardtanh",
                                                                        "aten::silu",
                                                                        "aten::gelu",
                                                                        "aten::elu",
                                                                        "aten::leaky_relu",
                                                                        "aten::hardswish",
                                                                        "aten::sigmoid",
                                                                        "aten::tanh",
                                                                        "aten::mish",
                                                                        "aten::softplus",
                                                                        "aten::hardsigmoid",
                                                                        "aten::clamp",
                                                                        "aten::clamp_min",
                                                                        "aten::neg",
                                                                        "aten::dropout",
                                                                        "aten::contiguous",
                                                                        "aten::feature_dropout",
                                                                        "aten::alias"};
  return names->contains(PlainName(node));
}

bool IsConvolution(const Node& node) {
  const std::string& name = node.op_name;
  return name == "aten::conv2d" || name == "aten::convolution" || name == "aten::_convolution";
}

bool IsConstantEqual(const Node& node, absl::string_view name, const c10::IValue& expected) {
  const Argument* const argument = FindArgument(node, name);
  return argument == nullptr ||
         (argument->kind == Argument::Kind::kConstant && argument->constant == expected);
}

int Position(const Node& node, absl::string_view name) {
  for (size_t i = 0; i < node.arguments.size(); ++i) {
    if (node.arguments[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

ValueId ValueAt(const Node& node, size_t position) {
  if (position >= node.arguments.size()) return kNone;
  const Argument& argument = node.arguments[position].argument;
  return argument.kind == Argument::Kind::kValue ? argument.value : kNone;
}

at::Tensor ConstantTensor(const Graph& graph, const Node& node, absl::string_view name) {
  const Argument* const argument = FindArgument(node, name);
  if (argument == nullptr || argument->kind == Argument::Kind::kList) return {};
  if (argument->kind == Argument::Kind::kValue) {
    return graph.values[argument->value].constant.value_or(at::Tensor());
  }
  return argument->constant.isTensor() ? argument->constant.toTensor() : at::Tensor();
}

bool IsConstantOrNone(const Graph& graph, const Node& node, absl::string_view name) {
  const Argument* const argument = FindArgument(node, name);
  if (argument == nullptr) return true;
  const bool none = argument->kind == Argument::Kind::kConstant && argument->constant.isNone();
  return none || ConstantTensor(graph, node, name).defined();
}

}  // namespace deepvision
