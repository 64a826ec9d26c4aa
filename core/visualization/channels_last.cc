#include "core/visualization/channels_last.h"

#include <ATen/ops/reshape.h>

#include <algorithm>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "core/graph/needed_nodes.h"
#include "core/visualization/operator_families.h"

namespace deepvision {
namespace {

using AliasSets = absl::flat_hash_set<int32_t>;

// Their results follow from the shapes and numbers of what they read, and what they
// return shares memory in any layout or in none.
bool IsOfNoLayout(const std::string& name) {
  static const auto* const names = new absl::flat_hash_set<std::string>{"aten::add",
                                                                        "aten::sub",
                                                                        "aten::mul",
                                                                        "aten::div",
                                                                        "aten::batch_norm",
                                                                        "aten::layer_norm",
                                                                        "aten::cat",
                                                                        "aten::linear",
                                                                        "aten::mean",
                                                                        "aten::softmax",
                                                                        "aten::log_softmax",
                                                                        "aten::max_pool2d",
                                                                        "aten::avg_pool2d",
                                                                        "aten::adaptive_avg_pool2d",
                                                                        "aten::adaptive_max_pool2d",
                                                                        "aten::upsample_nearest2d",
                                                                        "aten::upsample_bilinear2d",
                                                                        "aten::pad",
                                                                        "aten::constant_pad_nd",
                                                                        "aten::reflection_pad2d",
                                                                        "aten::slice",
                                                                        "aten::select",
                                                                        "aten::narrow",
                                                                        "aten::chunk",
                                                                        "aten::split",
                                                                        "aten::unbind",
                                                                        "aten::squeeze",
                                                                        "aten::unsqueeze",
                                                                        "aten::transpose",
                                                                        "aten::permute"};
  return names->contains(name);
}

// As other sizes, not as other numbers.
bool IsView(const Node& node) {
  return node.op_name == "aten::view" && FindArgument(node, "size") != nullptr;
}

// Returns the memory that it reads, or a copy where the layout makes it necessary.
bool MayShare(const Node& node) {
  const std::string& name = node.op_name;
  return IsView(node) || name == "aten::reshape" || name == "aten::flatten" ||
         name == "aten::contiguous";
}

bool IsOfImages(const Graph& graph, const Node& node) {
  const at::Tensor weight = ConstantTensor(graph, node, "weight");
  return weight.defined() && weight.dim() == 4;
}

// Memory that is written in place by what runs.
AliasSets Written(const Graph& graph, const std::vector<bool>& runs) {
  AliasSets written;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!runs[i]) continue;
    for (const ValueId value : graph.nodes[i].writes) {
      written.insert(graph.values[static_cast<size_t>(value)].alias_set);
    }
  }
  return written;
}

// A write to memory that is shared in the one layout and not in the other would be lost.
bool IsWritten(const Graph& graph, const Node& node, const AliasSets& written) {
  return std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId value) {
    return value != kNone && written.contains(graph.values[static_cast<size_t>(value)].alias_set);
  });
}

bool BearsAnyLayout(const Graph& graph, const Node& node, const AliasSets& written) {
  if (MayShare(node)) return !IsWritten(graph, node, written);
  if (IsConvolution(node)) return IsOfImages(graph, node);
  return IsElementwise(node) || IsOfNoLayout(PlainName(node));
}

bool AllBearAnyLayout(const Graph& graph, const std::vector<bool>& runs) {
  const AliasSets written = Written(graph, runs);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    if (runs[i] && !BearsAnyLayout(graph, graph.nodes[i], written)) return false;
  }
  return graph.values[static_cast<size_t>(graph.input)].dtype == c10::ScalarType::Float;
}

void LayOut(const Graph& graph, Node& convolution) {
  Argument& argument =
      convolution.arguments[static_cast<size_t>(Position(convolution, "weight"))].argument;
  const at::Tensor weight = ConstantTensor(graph, convolution, "weight");
  argument = Argument();
  argument.constant = weight.contiguous(at::MemoryFormat::ChannelsLast);
}

// A view that copies where it must.
void BecomeReshape(Node& view) {
  view.run = [](Stack& stack) {
    const std::vector<int64_t> sizes = stack.at(1).toIntVector();
    at::Tensor result = at::reshape(stack.at(0).toTensor(), sizes);
    stack.clear();
    stack.emplace_back(std::move(result));
  };
}

}  // namespace

std::shared_ptr<const Graph> UseChannelsLast(const Graph& graph,
                                             const std::vector<ValueId>& targets) {
  auto laid_out = std::make_shared<Graph>(graph);
  const std::vector<bool> runs = FindNeededNodes(graph, targets, {}, GuardChecks::kNeeded).runs;
  if (!AllBearAnyLayout(graph, runs)) return laid_out;
  for (size_t i = 0; i < runs.size(); ++i) {
    Node& node = laid_out->nodes[i];
    if (!runs[i]) continue;
    if (IsConvolution(node)) LayOut(graph, node);
    if (IsView(node)) BecomeReshape(node);
  }
  return laid_out;
}

}  // namespace deepvision
