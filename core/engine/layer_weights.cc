#include "core/engine/layer_weights.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "core/activation/histogram.h"
#include "core/api/error.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/device/torch_status.h"
#include "core/engine/layer_selection.h"

namespace deepvision {
namespace {

struct NamedWeight {
  std::string argument;
  const Value* value;
};

// The operators that a layer id stands for: the chain of its node, else the
// operator that made the value.
absl::flat_hash_set<std::string> OperatorsOf(const Specialisation& specialisation,
                                             const SelectedLayer& layer) {
  if (const auto node = specialisation.NodeIndex(layer.id)) {
    const auto& members = specialisation.layers()->nodes[*node].members;
    return {members.begin(), members.end()};
  }
  const Graph& graph = *specialisation.graph();
  const NodeId producer = graph.values[layer.addressed.value].producer;
  if (producer == kNone) return {};
  return {graph.nodes[producer].id};
}

std::vector<NamedWeight> FindWeights(const Specialisation& specialisation,
                                     const SelectedLayer& layer) {
  const Graph& graph = *specialisation.graph();
  const auto operators = OperatorsOf(specialisation, layer);
  std::vector<NamedWeight> weights;
  for (const Node& node : graph.nodes) {
    if (!operators.contains(node.id)) continue;
    for (const NamedArgument& named : node.arguments) {
      if (named.argument.kind != Argument::Kind::kValue) continue;
      const Value& value = graph.values[named.argument.value];
      if (value.constant && !value.weight_name.empty()) weights.push_back({named.name, &value});
    }
  }
  return weights;
}

WeightTensor ToHost(const NamedWeight& weight) {
  const at::Tensor numbers = weight.value->constant->detach()
                                 .to(c10::Device(c10::kCPU), c10::ScalarType::Float)
                                 .contiguous();
  WeightTensor tensor{weight.value->weight_name, weight.argument, weight.value->sizes};
  tensor.dtype = c10::toString(weight.value->dtype);
  tensor.bytes = HostBuffer(numbers.const_data_ptr(), numbers.nbytes(),
                            std::make_shared<const at::Tensor>(numbers));
  tensor.crc32 = Crc32(tensor.bytes.data(), tensor.bytes.size());
  return tensor;
}

}  // namespace

absl::StatusOr<std::vector<WeightTensor>> WeightsOfLayer(const Specialisation& specialisation,
                                                         const std::string& layer) {
  DV_ASSIGN_OR_RETURN(const auto selected,
                      SelectLayers(specialisation, std::vector<std::string>{layer}));
  return CallTorch([&]() -> absl::StatusOr<std::vector<WeightTensor>> {
    std::vector<WeightTensor> tensors;
    for (const SelectedLayer& one : selected) {
      for (const NamedWeight& weight : FindWeights(specialisation, one)) {
        tensors.push_back(ToHost(weight));
      }
    }
    if (!tensors.empty()) return tensors;
    return WithReason(
        absl::FailedPreconditionError(absl::StrCat(
            "layer \"", layer, "\" has no parameters; see has_weights in the topology")),
        "NO_WEIGHTS", {{"layer", layer}});
  });
}

absl::StatusOr<std::vector<Histogram>> WeightHistogramsOf(const Specialisation& specialisation,
                                                          const HistogramQuery& query) {
  DV_ASSIGN_OR_RETURN(const auto layers, SelectLayers(specialisation, query.layers));
  std::vector<Histogram> all;
  for (const SelectedLayer& layer : layers) {
    for (const NamedWeight& weight : FindWeights(specialisation, layer)) {
      if (weight.argument != "weight") continue;
      DV_ASSIGN_OR_RETURN(std::vector<Histogram> histograms,
                          WeightHistograms(*weight.value->constant, query.per_channel, query.bins));
      for (Histogram& histogram : histograms) {
        histogram.layer = layer.id;
        histogram.parameter = weight.value->weight_name;
        all.push_back(std::move(histogram));
      }
    }
  }
  return all;
}

}  // namespace deepvision
