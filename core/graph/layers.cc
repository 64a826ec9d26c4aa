#include "core/graph/layers.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "core/graph/value_names.h"

namespace deepvision {
namespace {

constexpr int kTransparent = -1;

bool IsMovable(OperatorPart part) {
  return part == OperatorPart::kStructural || part == OperatorPart::kScale;
}

int64_t ElementCount(const Value& value) {
  return std::accumulate(value.sizes.begin(), value.sizes.end(), int64_t{1}, std::multiplies<>());
}

std::vector<int> Union(const std::vector<std::vector<int>>& sets) {
  std::vector<int> all;
  for (const std::vector<int>& set : sets) all.insert(all.end(), set.begin(), set.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

class LayerFinder {
 public:
  LayerFinder(const Dataflow& flow, const DataKinds& kinds)
      : flow_(flow),
        graph_(flow.graph()),
        kinds_(kinds),
        layer_of_(graph_.nodes.size(), kTransparent) {}

  std::vector<Layer> Find() {
    layers_.push_back({{}, graph_.input, {}, {}});
    for (size_t i = 0; i < graph_.nodes.size(); ++i) Place(static_cast<NodeId>(i));
    for (size_t i = 1; i < layers_.size(); ++i) EndLayer(layers_[i]);
    SortByEnd();
    Connect();
    AddSecondResults();
    return std::move(layers_);
  }

 private:
  void Place(NodeId node) {
    const OperatorFlow& op = flow_.at(node);
    if (!op.leads_anywhere) return;
    const int before = op.part == OperatorPart::kHead ? kTransparent : LayerToJoin(op);
    if (before != kTransparent) {
      layer_of_[node] = before;
      layers_[before].nodes.push_back(node);
    } else if (!IsMovable(op.part) || op.is_output) {
      layer_of_[node] = static_cast<int>(layers_.size());
      layers_.push_back({{node}, kNone, {}, {}});
    }
  }

  // The layer that ends in what `op` reads and that nothing else reads.
  int LayerToJoin(const OperatorFlow& op) const {
    const NodeId producer = flow_.Producer(op.sources[0]);
    if (producer == kNone || layer_of_[producer] == kTransparent) return kTransparent;
    const OperatorFlow& last = flow_.at(producer);
    const bool ends_layer = layers_[layer_of_[producer]].nodes.back() == producer;
    const bool splits = IsMovable(op.part) && op.result_count > 1;
    const bool free = ends_layer && !last.is_output && last.users.size() == 1 && !splits;
    if (!free || (!IsMovable(op.part) && HidesMaps(layers_[layer_of_[producer]], op))) {
      return kTransparent;
    }
    return layer_of_[producer];
  }

  // The layer makes maps, and `op` reads them in another form: joining it would
  // leave no node that shows the maps.
  bool HidesMaps(const Layer& layer, const OperatorFlow& op) const {
    const auto core = std::find_if(layer.nodes.rbegin(), layer.nodes.rend(),
                                   [&](NodeId node) { return !IsMovable(flow_.at(node).part); });
    return core != layer.nodes.rend() && IsMaps(flow_.at(*core).value) && !IsMaps(op.sources[0]);
  }

  bool IsMaps(ValueId value) const { return kinds_.Describe(value).kind == DataKind::kFeatureMap; }

  // Cuts off structural operators at the end that a person would not count in.
  void EndLayer(Layer& layer) {
    size_t core = layer.nodes.size();
    while (core > 1 && IsMovable(flow_.at(layer.nodes[core - 1]).part)) --core;
    size_t end = core;
    for (size_t size = core + 1; size <= layer.nodes.size(); ++size) {
      if (MayEnd(layer.nodes[core - 1], layer.nodes[size - 1])) end = size;
    }
    for (size_t i = end; i < layer.nodes.size(); ++i) layer_of_[layer.nodes[i]] = kTransparent;
    layer.nodes.resize(end);
    layer.value = flow_.at(layer.nodes.back()).value;
  }

  bool MayEnd(NodeId core, NodeId end) const {
    const OperatorFlow& op = flow_.at(end);
    if (op.is_output || op.part == OperatorPart::kScale) return true;
    const ValueId before = flow_.at(core).value;
    const DataDescription was = kinds_.Describe(before);
    const DataDescription is = kinds_.Describe(op.value);
    if (was.kind == DataKind::kFeatureMap && is.kind == DataKind::kVector) {
      return was.shape[0] == is.shape[0] && was.shape[1] * was.shape[2] == 1;
    }
    const bool keeps_meaning =
        was.kind == is.kind || was.kind == DataKind::kOther || is.kind == DataKind::kFeatureMap;
    const bool pads = ElementCount(graph_.values[op.value]) > ElementCount(graph_.values[before]);
    return keeps_meaning && !pads && CallThatReturns(graph_, op.value) != kNone;
  }

  void SortByEnd() {
    std::vector<int> order(layers_.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin() + 1, order.end(),
              [&](int a, int b) { return layers_[a].nodes.back() < layers_[b].nodes.back(); });
    std::vector<Layer> sorted;
    for (int old : order) {
      for (NodeId node : layers_[old].nodes) layer_of_[node] = static_cast<int>(sorted.size());
      sorted.push_back(std::move(layers_[old]));
    }
    layers_ = std::move(sorted);
  }

  void Connect() {
    seen_through_.resize(graph_.nodes.size());
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (flow_.at(static_cast<NodeId>(i)).part == OperatorPart::kNone) continue;
      if (layer_of_[i] == kTransparent) {
        seen_through_[i] = LayersRead(static_cast<NodeId>(i));
      } else {
        seen_through_[i] = {layer_of_[i]};
      }
    }
    for (Layer& layer : layers_) {
      if (!layer.nodes.empty()) ConnectLayer(layer);
    }
  }

  void ConnectLayer(Layer& layer) const {
    for (ValueId source : flow_.at(layer.nodes.front()).sources) {
      layer.operands.push_back(LayersBehind(source));
    }
    layer.predecessors = Union(layer.operands);
  }

  std::vector<int> LayersBehind(ValueId value) const {
    const NodeId producer = flow_.Producer(value);
    return producer == kNone ? std::vector<int>{0} : seen_through_[producer];
  }

  std::vector<int> LayersRead(NodeId node) const {
    std::vector<std::vector<int>> operands;
    for (ValueId source : flow_.at(node).sources) operands.push_back(LayersBehind(source));
    return Union(operands);
  }

  // Outputs of the network that are second results of an operator.
  void AddSecondResults() {
    for (const NamedValue& output : graph_.outputs) {
      const auto shown = [&](const Layer& layer) { return layer.value == output.value; };
      const NodeId producer = flow_.Producer(output.value);
      if (!flow_.DependsOnInput(output.value) || producer == kNone ||
          std::any_of(layers_.begin(), layers_.end(), shown)) {
        continue;
      }
      const auto later = std::find_if(layers_.begin() + 1, layers_.end(), [&](const Layer& layer) {
        return layer.nodes.back() > producer;
      });
      Layer second{{producer}, output.value, {}, {}};
      ConnectLayer(second);
      const int position = static_cast<int>(later - layers_.begin());
      layers_.insert(later, std::move(second));
      Renumber(position);
    }
  }

  // After a layer was inserted at `position`.
  void Renumber(int position) {
    const auto shift = [&](std::vector<int>& indices) {
      for (int& index : indices) index += index >= position ? 1 : 0;
    };
    for (size_t i = 0; i < layers_.size(); ++i) {
      if (static_cast<int>(i) == position) continue;
      shift(layers_[i].predecessors);
      for (std::vector<int>& operand : layers_[i].operands) shift(operand);
    }
    for (std::vector<int>& layers : seen_through_) shift(layers);
  }

  const Dataflow& flow_;
  const Graph& graph_;
  const DataKinds& kinds_;
  std::vector<int> layer_of_;  // by node
  std::vector<Layer> layers_;
  std::vector<std::vector<int>> seen_through_;  // by node: layers that its result shows
};

}  // namespace

std::vector<Layer> FindLayers(const Dataflow& flow, const DataKinds& kinds) {
  return LayerFinder(flow, kinds).Find();
}

std::vector<Layer> EveryOperator(const Dataflow& flow) {
  const Graph& graph = flow.graph();
  std::vector<Layer> layers = {{{}, graph.input, {}, {}}};
  std::vector<int> layer_of(graph.nodes.size(), 0);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const OperatorFlow& op = flow.at(static_cast<NodeId>(i));
    if (op.part == OperatorPart::kNone) continue;
    Layer layer{{static_cast<NodeId>(i)}, op.value, {}, {}};
    for (ValueId source : op.sources) {
      const NodeId producer = flow.Producer(source);
      layer.operands.push_back({producer == kNone ? 0 : layer_of[producer]});
    }
    layer.predecessors = Union(layer.operands);
    layer_of[i] = static_cast<int>(layers.size());
    layers.push_back(std::move(layer));
  }
  return layers;
}

}  // namespace deepvision
