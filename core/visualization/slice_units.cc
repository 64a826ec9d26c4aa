#include "core/visualization/slice_units.h"

#include <ATen/ops/cat.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "core/visualization/operator_families.h"

namespace deepvision {
namespace {

using Names = std::vector<const char*>;

// The arguments that hold one entry (along dimension 0) per unit; none for operators
// that have no such weights.
Names PerUnitArguments(const Node& node) {
  const std::string name = PlainName(node);
  if (name == "aten::batch_norm") return {"weight", "bias", "running_mean", "running_var"};
  if (name == "aten::linear") return {"weight", "bias"};
  return IsConvolution(node) ? Names{"weight", "bias"} : Names{};
}

// Makes the layer out of something else.
bool IsHead(const Node& node) {
  const std::string name = PlainName(node);
  return !PerUnitArguments(node).empty() && name != "aten::batch_norm" &&
         IsConstantEqual(node, "groups", 1) && IsConstantEqual(node, "transposed", false);
}

// Makes each channel out of the same channel of what it reads.
bool IsDepthwise(const Graph& graph, const Node& node) {
  const at::Tensor weight = ConstantTensor(graph, node, "weight");
  return IsConvolution(node) && IsConstantEqual(node, "transposed", false) && weight.defined() &&
         weight.size(1) == 1 && IsConstantEqual(node, "groups", weight.size(0)) &&
         Position(node, "groups") >= 0;
}

// A node of the layer, run for one unit per sample.
class SlicedNode {
 public:
  SlicedNode(const Node& node, int unit_dimension, bool slices_other,
             std::shared_ptr<const SampleUnits> units)
      : run_(node.run),
        unit_dimension_(unit_dimension),
        slices_other_(slices_other),
        units_(std::move(units)) {
    for (const char* name : PerUnitArguments(node)) {
      if (const int position = Position(node, name); position >= 0) weights_.push_back(position);
    }
    if (IsConvolution(node)) groups_ = Position(node, "groups");
  }

  void operator()(Stack& stack) const {
    if (slices_other_) stack[1] = UnitOfEach(stack[1].toTensor());
    if (weights_.empty()) return run_(stack);
    const std::vector<at::Tensor> samples = stack[0].toTensor().split(1);
    std::vector<at::Tensor> results;
    for (size_t i = 0; i < samples.size(); ++i) {
      Stack one = stack;
      // A copy begins at an aligned address wherever the image lies in the batch.
      one[0] = samples.size() == 1 ? samples[i] : samples[i].clone();
      for (const int position : weights_) one[position] = EntryOf(one[position], units_->units[i]);
      if (groups_ >= 0) one[groups_] = 1;  // of the channel that is left
      run_(one);
      results.push_back(one.at(0).toTensor());
    }
    stack.clear();
    stack.emplace_back(results.size() == 1 ? results[0] : at::cat(results));
  }

 private:
  static c10::IValue EntryOf(const c10::IValue& weights, int unit) {
    if (!weights.isTensor() || !weights.toTensor().defined()) return weights;
    return weights.toTensor().narrow(0, unit, 1);
  }

  at::Tensor UnitOfEach(const at::Tensor& value) const {
    const std::vector<at::Tensor> samples = value.split(1);
    std::vector<at::Tensor> results;
    for (size_t i = 0; i < samples.size(); ++i) {
      results.push_back(samples[i].narrow(unit_dimension_, units_->units[i], 1));
    }
    return results.size() == 1 ? results[0] : at::cat(results);
  }

  std::function<void(Stack&)> run_;
  int unit_dimension_;
  bool slices_other_;  // the second argument, of the layer's size
  std::shared_ptr<const SampleUnits> units_;
  std::vector<int> weights_;  // positions
  int groups_ = -1;           // position
};

// The nodes from the head to the layer; whether each slices its second argument.
class Chain {
 public:
  Chain(const Graph& graph, ValueId layer) : graph_(graph), layer_(layer) { CountUses(); }

  bool Find() {
    ValueId value = layer_;
    while (true) {
      const NodeId id = graph_.values[value].producer;
      if (id == kNone || (value != layer_ && uses_[value] != 1)) return false;
      const Node& node = graph_.nodes[id];
      if (node.outputs.size() != 1 || node.writes.size() > 1 || ValueAt(node, 0) == kNone) {
        return false;
      }
      const std::optional<bool> slices_other = SlicesOther(node, value);
      if (!slices_other) return false;
      nodes_[id] = *slices_other;
      if (IsHead(node)) return true;
      value = ValueAt(node, 0);
    }
  }

  const absl::flat_hash_map<NodeId, bool>& nodes() const { return nodes_; }

 private:
  void CountUses() {
    const NodeId last = graph_.values[layer_].producer;
    for (NodeId id = 0; id <= last; ++id) {
      ForEachArgumentValue(graph_.nodes[id], [&](ValueId value) { ++uses_[value]; });
    }
  }

  // Nothing when the node cannot be sliced.
  std::optional<bool> SlicesOther(const Node& node, ValueId value) const {
    const std::string name = PlainName(node);
    if (!PerUnitArguments(node).empty()) {
      const bool norm = name == "aten::batch_norm" && IsConstantEqual(node, "training", false);
      const bool sliced = IsHead(node) || IsDepthwise(graph_, node) || norm;
      return sliced ? std::optional<bool>(false) : std::nullopt;
    }
    if (IsElementwise(node)) return false;
    if (name != "aten::add" && name != "aten::mul") return std::nullopt;
    const ValueId other = ValueAt(node, 1);
    if (other == kNone) return false;  // a number
    const bool like = graph_.values[other].sizes == graph_.values[value].sizes;
    return like && other != ValueAt(node, 0) ? std::optional<bool>(true) : std::nullopt;
  }

  const Graph& graph_;
  const ValueId layer_;
  absl::flat_hash_map<ValueId, int> uses_;
  absl::flat_hash_map<NodeId, bool> nodes_;
};

}  // namespace

std::shared_ptr<const Graph> SliceToUnits(const Graph& graph, ValueId layer, DataKind kind,
                                          std::shared_ptr<const SampleUnits> units) {
  Chain chain(graph, layer);
  if (graph.values[layer].producer == kNone || !chain.Find()) return nullptr;
  auto sliced = std::make_shared<Graph>(graph);
  for (const auto& [id, slices_other] : chain.nodes()) {
    Node& node = sliced->nodes[id];
    node.run = SlicedNode(node, kind == DataKind::kTokens ? 2 : 1, slices_other, units);
  }
  return sliced;
}

}  // namespace deepvision
