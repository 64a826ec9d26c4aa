#include "core/visualization/fold_norms.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <utility>

#include "core/visualization/operator_families.h"

namespace deepvision {
namespace {

bool FoldsInto(const Graph& graph, const Node& norm, const Node& convolution) {
  const bool constant = IsConstantEqual(norm, "training", false) &&
                        IsConstantOrNone(graph, norm, "weight") &&
                        IsConstantOrNone(graph, norm, "bias") &&
                        ConstantTensor(graph, norm, "running_mean").defined() &&
                        ConstantTensor(graph, norm, "running_var").defined() &&
                        ConstantTensor(graph, convolution, "weight").defined() &&
                        IsConstantOrNone(graph, convolution, "bias");
  return constant && IsConvolution(convolution) &&
         IsConstantEqual(convolution, "transposed", false) && convolution.outputs.size() == 1;
}

// In float64; undefined for None.
at::Tensor Wide(const Graph& graph, const Node& node, absl::string_view name) {
  const at::Tensor tensor = ConstantTensor(graph, node, name);
  return tensor.defined() ? tensor.to(at::kDouble) : tensor;
}

void SetConstant(Node& node, absl::string_view name, at::Tensor value) {
  Argument& argument = node.arguments[static_cast<size_t>(Position(node, name))].argument;
  argument = Argument();
  argument.constant = std::move(value);
}

void Fold(const Graph& graph, const Node& norm, Node& convolution) {
  const at::Tensor weight = ConstantTensor(graph, convolution, "weight");
  const at::Tensor mean = Wide(graph, norm, "running_mean");
  const at::Tensor gain = Wide(graph, norm, "weight"), shift = Wide(graph, norm, "bias");
  const at::Tensor bias = Wide(graph, convolution, "bias");
  const double epsilon = FindArgument(norm, "eps")->constant.toDouble();
  const at::Tensor deviation = at::sqrt(Wide(graph, norm, "running_var") + epsilon);
  const at::Tensor scale = (gain.defined() ? gain : at::ones_like(mean)) / deviation;
  std::vector<int64_t> per_channel(static_cast<size_t>(weight.dim()), 1);
  per_channel[0] = -1;
  const at::Tensor centre = bias.defined() ? bias - mean : -mean;
  const at::Tensor base = shift.defined() ? shift : at::zeros_like(mean);
  SetConstant(convolution, "weight",
              (weight.to(at::kDouble) * scale.view(per_channel)).to(weight.options()));
  SetConstant(convolution, "bias", (centre * scale + base).to(weight.options()));
}

void BecomeIdentity(Node& node) {
  node.op_name = "aten::alias";
  node.arguments.resize(1);
  node.run = [](Stack&) {};  // what came is what goes
}

std::vector<int> CountUses(const Graph& graph, const std::vector<ValueId>& targets) {
  std::vector<int> uses(graph.values.size(), 0);
  const auto use = [&](ValueId value) { ++uses[static_cast<size_t>(value)]; };
  for (const Node& node : graph.nodes) ForEachArgumentValue(node, use);
  std::for_each(targets.begin(), targets.end(), use);
  return uses;
}

}  // namespace

std::shared_ptr<const Graph> FoldNorms(const Graph& graph, const std::vector<ValueId>& targets) {
  auto folded = std::make_shared<Graph>(graph);
  const std::vector<int> uses = CountUses(graph, targets);
  for (Node& norm : folded->nodes) {
    if (norm.op_name != "aten::batch_norm") continue;
    const ValueId between = ValueAt(norm, 0);
    if (between == kNone || uses[static_cast<size_t>(between)] != 1) continue;
    const NodeId producer = graph.values[static_cast<size_t>(between)].producer;
    if (producer == kNone) continue;
    Node& convolution = folded->nodes[static_cast<size_t>(producer)];
    if (!FoldsInto(graph, norm, convolution)) continue;
    Fold(graph, norm, convolution);
    BecomeIdentity(norm);
  }
  return folded;
}

}  // namespace deepvision
