#include "core/visualization/objective.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/visualization/image_group.h"
#include "core/visualization/layer_units.h"

namespace deepvision {
namespace {

constexpr int kMostImages = 16;
constexpr double kLeastCosine = 0.1;
constexpr double kCosineEpsilon = 1e-4;

std::string& LayerName(ObjectiveTerm& term) {
  return std::visit([](auto& t) -> std::string& { return t.layer; }, term);
}
const std::string& LayerName(const ObjectiveTerm& term) {
  return std::visit([](const auto& t) -> const std::string& { return t.layer; }, term);
}

// Whether the term is of the unit of each image.
bool IsOfEachUnit(const ObjectiveTerm& term) {
  if (const auto* channel = std::get_if<ChannelTerm>(&term)) return !channel->unit;
  if (const auto* neuron = std::get_if<NeuronTerm>(&term)) return !neuron->unit;
  return false;
}

absl::Status CheckPosition(const std::string& what, int position, int64_t size) {
  if (position >= 0 && position < size) return absl::OkStatus();
  return absl::OutOfRangeError(
      absl::StrCat(what, ": ", position, " is not in 0..", size - 1, ", the layer's positions"));
}

absl::Status CheckIsUnit(const std::string& what, int unit, const ObservedLayer& layer) {
  if (unit >= 0 && unit < UnitCount(layer)) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat(what, ": layer \"", layer.id, "\" has the units 0..",
                                            UnitCount(layer) - 1, ", not ", unit));
}

// Checks one term against its layer.
class TermChecker {
 public:
  explicit TermChecker(const ObservedLayer& layer) : layer_(layer) {}

  absl::Status operator()(const ChannelTerm& term) const {
    return term.unit ? CheckIsUnit("unit", *term.unit, layer_) : absl::OkStatus();
  }
  absl::Status operator()(const NeuronTerm& term) const {
    if (term.unit) DV_RETURN_IF_ERROR(CheckIsUnit("unit", *term.unit, layer_));
    const bool map = layer_.kind == DataKind::kFeatureMap;
    const bool tokens = layer_.kind == DataKind::kTokens;
    if (term.x) {
      DV_RETURN_IF_ERROR(CheckPosition("x", *term.x,
                                       map      ? layer_.shape[2]
                                       : tokens ? layer_.shape[0]
                                                : 1));
    }
    return term.y ? CheckPosition("y", *term.y, map ? layer_.shape[1] : 1) : absl::OkStatus();
  }
  absl::Status operator()(const DirectionTerm& term) const {
    const bool good = static_cast<int>(term.direction.size()) == UnitCount(layer_);
    if (!good) {
      return absl::InvalidArgumentError(
          absl::StrCat("direction: needs one weight per unit of layer \"", layer_.id, "\", ",
                       UnitCount(layer_), ", but has ", term.direction.size()));
    }
    if (!(term.cosine_power >= 0 && term.cosine_power <= 100)) {
      return absl::InvalidArgumentError("cosine_power: 0 to 100");
    }
    return absl::OkStatus();
  }
  absl::Status operator()(const LayerTerm&) const { return absl::OkStatus(); }

 private:
  const ObservedLayer& layer_;
};

int64_t PositionOf(const NeuronTerm& term, const ObservedLayer& layer) {
  if (layer.kind == DataKind::kVector) return 0;
  if (layer.kind == DataKind::kTokens) return term.x.value_or(static_cast<int>(layer.shape[0] / 2));
  const int64_t x = term.x.value_or(static_cast<int>(layer.shape[2] / 2));
  const int64_t y = term.y.value_or(static_cast<int>(layer.shape[1] / 2));
  return y * layer.shape[2] + x;
}

at::Tensor DirectionValue(const DirectionTerm& term, const at::Tensor& units) {
  const at::Tensor direction = at::tensor(at::ArrayRef<float>(term.direction)).to(units.options());
  const at::Tensor product = (units * direction.unsqueeze(1)).sum(0);  // per position
  if (term.cosine_power == 0) return product.mean();
  const at::Tensor lengths = at::linalg_vector_norm(units, 2, at::IntArrayRef({0}));
  const double length = direction.square().sum().sqrt().item<double>();
  const at::Tensor cosine = product / ((lengths + kCosineEpsilon) * (length + kCosineEpsilon));
  return (product * cosine.clamp_min(kLeastCosine).pow(term.cosine_power)).mean();
}

}  // namespace

std::vector<std::string> LayersOf(const Objective& objective, const std::string& layer) {
  std::vector<std::string> layers = {layer};
  for (const WeightedTerm& weighted : objective.terms) {
    const std::string& name = LayerName(weighted.term);
    if (!name.empty() && std::find(layers.begin(), layers.end(), name) == layers.end()) {
      layers.push_back(name);
    }
  }
  return layers;
}

int UnitCount(const ObservedLayer& layer) {
  const size_t rank = layer.shape.size();
  if (layer.kind == DataKind::kFeatureMap && rank == 3) return static_cast<int>(layer.shape[0]);
  if (layer.kind == DataKind::kTokens && rank == 2) return static_cast<int>(layer.shape[1]);
  if (layer.kind == DataKind::kVector && rank == 1) return static_cast<int>(layer.shape[0]);
  return 0;
}

ObjectiveFunction::ObjectiveFunction(const Objective& objective, const std::string& layer)
    : objective_(objective) {
  if (objective_.terms.empty()) objective_.terms.push_back({ChannelTerm{}, 1});
  for (WeightedTerm& weighted : objective_.terms) {
    if (LayerName(weighted.term).empty()) LayerName(weighted.term) = layer;
  }
}

absl::StatusOr<ObjectiveFunction> ObjectiveFunction::Create(
    const Objective& objective, const std::string& layer,
    const std::vector<ObservedLayer>& layers) {
  ObjectiveFunction function(objective, layer);
  DV_RETURN_IF_ERROR(function.PickLayers(layer, layers));
  DV_RETURN_IF_ERROR(function.CheckTerms());
  DV_RETURN_IF_ERROR(function.CheckGroup());
  return function;
}

absl::Status ObjectiveFunction::PickLayers(const std::string& layer,
                                           const std::vector<ObservedLayer>& all) {
  for (const std::string& id : LayersOf(objective_, layer)) {
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const ObservedLayer& l) { return l.id == id; });
    if (found == all.end()) return absl::InternalError(absl::StrCat("no layer \"", id, "\""));
    if (UnitCount(*found) == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("layer: the values of \"", id,
                       "\" are no units (maps, tokens or a vector); choose another layer"));
    }
    layers_.push_back(*found);
  }
  return absl::OkStatus();
}

absl::Status ObjectiveFunction::CheckTerms() const {
  for (size_t i = 0; i < objective_.terms.size(); ++i) {
    const std::string field = absl::StrCat("objective.terms[", i, "].");
    const auto& [term, weight] = objective_.terms[i];
    if (!std::isfinite(weight)) {
      return absl::InvalidArgumentError(absl::StrCat(field, "weight: is no finite number"));
    }
    const absl::Status status = std::visit(TermChecker(Layer(LayerName(term))), term);
    if (!status.ok()) return absl::Status(status.code(), absl::StrCat(field, status.message()));
  }
  return absl::OkStatus();
}

absl::Status ObjectiveFunction::CheckGroup() const {
  const ImageGroup& group = objective_.group;
  if (group.images < 1 || group.images > kMostImages) {
    return absl::InvalidArgumentError(
        absl::StrCat("objective.group.images: 1 to ", kMostImages, ", not ", group.images));
  }
  if (!std::isfinite(group.diversity) || !std::isfinite(group.alignment)) {
    return absl::InvalidArgumentError("objective.group: a weight is no finite number");
  }
  if (!group.interpolate_to) return absl::OkStatus();
  return CheckIsUnit("objective.group.interpolate_to", *group.interpolate_to, layers_[0]);
}

bool ObjectiveFunction::LooksAtOwnUnitOnly() const {
  const ImageGroup& group = objective_.group;
  return layers_.size() == 1 && group.diversity == 0 && group.alignment == 0 &&
         !group.interpolate_to &&
         std::all_of(objective_.terms.begin(), objective_.terms.end(),
                     [](const WeightedTerm& weighted) { return IsOfEachUnit(weighted.term); });
}

absl::Status ObjectiveFunction::CheckUnit(int unit) const {
  DV_RETURN_IF_ERROR(CheckIsUnit("units", unit, layers_[0]));
  for (const WeightedTerm& weighted : objective_.terms) {
    if (!IsOfEachUnit(weighted.term)) continue;
    DV_RETURN_IF_ERROR(CheckIsUnit("units", unit, Layer(LayerName(weighted.term))));
  }
  return absl::OkStatus();
}

const ObservedLayer& ObjectiveFunction::Layer(const std::string& id) const {
  return *std::find_if(layers_.begin(), layers_.end(),
                       [&](const ObservedLayer& layer) { return layer.id == id; });
}

at::Tensor ObjectiveFunction::TermValue(const ObjectiveTerm& term, int unit,
                                        const std::vector<at::Tensor>& values) const {
  const ObservedLayer& layer = Layer(LayerName(term));
  const at::Tensor& value = values[static_cast<size_t>(&layer - layers_.data())];
  if (std::holds_alternative<LayerTerm>(term)) return value.square().mean();
  const at::Tensor units = UnitsAtPositions(value, layer.kind);
  if (const auto* channel = std::get_if<ChannelTerm>(&term)) {
    return units.select(0, channel->unit.value_or(unit)).mean();
  }
  if (const auto* neuron = std::get_if<NeuronTerm>(&term)) {
    return units.select(0, neuron->unit.value_or(unit)).select(0, PositionOf(*neuron, layer));
  }
  return DirectionValue(std::get<DirectionTerm>(term), units);
}

at::Tensor ObjectiveFunction::WeightedTerms(int unit, int i,
                                            const std::vector<at::Tensor>& values) const {
  const ImageGroup& group = objective_.group;
  const double share =
      group.interpolate_to && group.images > 1 ? static_cast<double>(i) / (group.images - 1) : 0;
  at::Tensor sum;
  const auto add = [&](const at::Tensor& value, double weight) {
    sum = sum.defined() ? sum + value * weight : value * weight;
  };
  for (const auto& [term, weight] : objective_.terms) {
    if (!IsOfEachUnit(term) || share == 0) {
      add(TermValue(term, unit, values), weight);
    } else {
      add(TermValue(term, unit, values), weight * (1 - share));
      add(TermValue(term, *group.interpolate_to, values), weight * share);
    }
  }
  return sum;
}

std::vector<at::Tensor> ObjectiveFunction::Evaluate(
    int unit, const std::vector<std::vector<at::Tensor>>& images) const {
  std::vector<at::Tensor> results;
  std::vector<at::Tensor> grouped;
  for (size_t i = 0; i < images.size(); ++i) {
    results.push_back(WeightedTerms(unit, static_cast<int>(i), images[i]));
    grouped.push_back(UnitsAtPositions(images[i][0], layers_[0].kind));
  }
  const ImageGroup& group = objective_.group;
  if (group.diversity != 0) AddToEach(results, DiversityShares(grouped), -group.diversity);
  if (group.alignment != 0) AddToEach(results, AlignmentShares(grouped), -group.alignment);
  return results;
}

}  // namespace deepvision
