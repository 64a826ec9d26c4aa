// Specs from the wire, checked.
#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/convert/enum_convert.h"
#include "server/convert/field.h"
#include "server/convert/field_reader.h"
#include "server/convert/input_convert.h"
#include "server/convert/status_convert.h"
#include "server/convert/visualization_method_query.h"
#include "server/convert/visualization_spec_convert.h"

namespace deepvision {
namespace {

constexpr char kSpec[] = "spec";
constexpr int kMaxUnits = 65536;
constexpr int kMaxTerms = 16;
constexpr int kMaxPenalties = 16;
constexpr uint32_t kMaxImages = 16;
constexpr int kMaxDirection = 65536;
constexpr int kMaxDirections = 131072;
constexpr uint32_t kMaxSide = 4096;
constexpr uint32_t kMaxSteps = 100000;
constexpr double kMaxWeight = 1e12;

// Proto3's absent number is 0.
std::optional<uint32_t> UnlessZero(uint32_t value) { return Given(value != 0, value); }

absl::Status ConvertUnits(const v1::VisualizationSpec& spec, VisualizationSpec* out) {
  if (spec.units_case() == v1::VisualizationSpec::UNITS_NOT_SET) return absl::OkStatus();
  if (spec.has_all_units()) {
    out->all_units = spec.all_units();
    if (out->all_units) return absl::OkStatus();
    return FieldError("spec.all_units", "is false; set it to true, or name units in unit_list");
  }
  const std::string path = "spec.unit_list.units";
  const auto& units = spec.unit_list().units();
  if (units.empty()) return FieldError(path, "is empty; name units, or set all_units");
  DV_RETURN_IF_ERROR(CheckCount(path, units.size(), kMaxUnits));
  std::set<uint32_t> seen;
  for (int i = 0; i < units.size(); ++i) {
    DV_RETURN_IF_ERROR(CheckRange(ElementPath(path, i), units[i], 0, INT32_MAX));
    if (!seen.insert(units[i]).second) {
      return FieldError(ElementPath(path, i),
                        absl::StrCat("is ", units[i], " again; name each unit once"));
    }
    out->units.push_back(static_cast<int>(units[i]));
  }
  return absl::OkStatus();
}

absl::StatusOr<ObjectiveTerm> Convert(const std::string& path, const v1::ChannelTerm& term) {
  ChannelTerm out;
  FieldReader read(path);
  read.Id("layer", term.layer(), &out.layer);
  read.Index("unit", Given(term.has_unit(), term.unit()), &out.unit);
  DV_RETURN_IF_ERROR(read.status());
  return out;
}

absl::StatusOr<ObjectiveTerm> Convert(const std::string& path, const v1::NeuronTerm& term) {
  NeuronTerm out;
  FieldReader read(path);
  read.Id("layer", term.layer(), &out.layer);
  read.Index("unit", Given(term.has_unit(), term.unit()), &out.unit);
  read.Index("x", Given(term.has_x(), term.x()), &out.x);
  read.Index("y", Given(term.has_y(), term.y()), &out.y);
  DV_RETURN_IF_ERROR(read.status());
  return out;
}

absl::StatusOr<ObjectiveTerm> Convert(const std::string& path, const v1::DirectionTerm& term) {
  DirectionTerm out;
  FieldReader read(path);
  read.Id("layer", term.layer(), &out.layer);
  read.Number("cosine_power", term.cosine_power(), 0, 16, &out.cosine_power);
  DV_RETURN_IF_ERROR(read.status());
  const std::string field = FieldPath(path, "direction");
  DV_RETURN_IF_ERROR(CheckCount(field, term.direction_size(), kMaxDirection));
  out.direction.assign(term.direction().begin(), term.direction().end());
  for (int i = 0; i < term.direction_size(); ++i) {
    if (std::isfinite(term.direction(i))) continue;
    return FieldError(ElementPath(field, i), "is not finite; every weight must be");
  }
  if (std::all_of(out.direction.begin(), out.direction.end(), [](float v) { return v == 0; })) {
    return FieldError(field, "has no weight that is not 0; give one weight per unit of the layer");
  }
  return out;
}

absl::StatusOr<ObjectiveTerm> Convert(const std::string& path, const v1::LayerTerm& term) {
  LayerTerm out;
  FieldReader read(path);
  read.Id("layer", term.layer(), &out.layer);
  DV_RETURN_IF_ERROR(read.status());
  return out;
}

absl::StatusOr<ObjectiveTerm> ConvertTerm(const std::string& path, const v1::WeightedTerm& term) {
  switch (term.term_case()) {
    case v1::WeightedTerm::kChannel:
      return Convert(FieldPath(path, "channel"), term.channel());
    case v1::WeightedTerm::kNeuron:
      return Convert(FieldPath(path, "neuron"), term.neuron());
    case v1::WeightedTerm::kDirection:
      return Convert(FieldPath(path, "direction"), term.direction());
    case v1::WeightedTerm::kLayer:
      return Convert(FieldPath(path, "layer"), term.layer());
    case v1::WeightedTerm::TERM_NOT_SET:
      break;
  }
  return FieldError(path, "has no term; set channel, neuron, direction or layer");
}

absl::Status ConvertGroup(const v1::ImageGroup& group, ImageGroup* out) {
  FieldReader read("spec.objective.group");
  read.Integer("images", UnlessZero(group.images()), 1, kMaxImages, &out->images);
  read.Number("diversity", group.diversity(), -kMaxWeight, kMaxWeight, &out->diversity);
  read.Number("alignment", group.alignment(), -kMaxWeight, kMaxWeight, &out->alignment);
  read.Index("interpolate_to", Given(group.has_interpolate_to(), group.interpolate_to()),
             &out->interpolate_to);
  DV_RETURN_IF_ERROR(read.status());
  const bool needs_two = out->diversity != 0 || out->alignment != 0 || out->interpolate_to;
  if (!needs_two || out->images >= 2) return absl::OkStatus();
  return FieldError("spec.objective.group.images",
                    "is 1; diversity, alignment and interpolate_to need at least 2");
}

absl::Status ConvertObjective(const v1::Objective& objective, Objective* out) {
  const std::string path = "spec.objective.terms";
  DV_RETURN_IF_ERROR(CheckCount(path, objective.terms_size(), kMaxTerms));
  int directions = 0;
  for (int i = 0; i < objective.terms_size(); ++i) {
    const v1::WeightedTerm& term = objective.terms(i);
    const std::string element = ElementPath(path, i);
    WeightedTerm weighted;
    if (term.has_weight()) weighted.weight = term.weight();
    const std::string field = FieldPath(element, "weight");
    DV_RETURN_IF_ERROR(CheckNumber(field, weighted.weight, -kMaxWeight, kMaxWeight));
    if (weighted.weight == 0) return FieldError(field, "is 0; leave the term out");
    DV_ASSIGN_OR_RETURN(weighted.term, ConvertTerm(element, term));
    out->terms.push_back(std::move(weighted));
    directions += term.direction().direction_size();
    if (directions > kMaxDirections) {
      return FieldError(FieldPath(element, "direction.direction"),
                        absl::StrCat("makes more than ", kMaxDirections,
                                     " weights in all directions together; use fewer"));
    }
  }
  return ConvertGroup(objective.group(), &out->group);
}

absl::Status ConvertPenalties(const v1::VisualizationSpec& spec, VisualizationSpec* out) {
  DV_RETURN_IF_ERROR(CheckCount("spec.penalties", spec.penalties_size(), kMaxPenalties));
  for (int i = 0; i < spec.penalties_size(); ++i) {
    const std::string path = ElementPath("spec.penalties", i);
    Penalty penalty;
    DV_ASSIGN_OR_RETURN(penalty.kind, FromProto(FieldPath(path, "kind"), spec.penalties(i).kind()));
    penalty.weight = spec.penalties(i).weight();
    DV_RETURN_IF_ERROR(
        CheckNumber(FieldPath(path, "weight"), penalty.weight, -kMaxWeight, kMaxWeight));
    out->penalties.push_back(penalty);
  }
  return absl::OkStatus();
}

absl::Status CheckIds(const v1::VisualizationSpec& spec) {
  DV_RETURN_IF_ERROR(
      CheckText("spec.network", spec.network(), 64, "set it to an id from ListNetworks"));
  return CheckText("spec.layer", spec.layer(), 1024, "set it to a layer id from StreamTopology");
}

}  // namespace

absl::StatusOr<VisualizationSpec> FromProto(v1::VisualizationSpec&& spec) {
  DV_RETURN_IF_ERROR(CheckIds(spec));
  VisualizationSpec out;
  out.network = spec.network();
  out.layer = spec.layer();
  DV_RETURN_IF_ERROR(ConvertUnits(spec, &out));
  DV_RETURN_IF_ERROR(ConvertObjective(spec.objective(), &out.objective));
  DV_ASSIGN_OR_RETURN(out.method, ConvertMethod(spec));
  DV_RETURN_IF_ERROR(ConvertPenalties(spec, &out));
  FieldReader read(kSpec);
  read.Integer("height", UnlessZero(spec.height()), 1, kMaxSide, &out.height);
  read.Integer("width", UnlessZero(spec.width()), 1, kMaxSide, &out.width);
  read.Integer("steps", UnlessZero(spec.steps()), 1, kMaxSteps, &out.steps);
  read.Id("quality_dataset", spec.quality_dataset(), &out.quality_dataset);
  DV_RETURN_IF_ERROR(read.status());
  if (spec.has_start()) {
    DV_ASSIGN_OR_RETURN(out.start, FromProto("spec.start", std::move(*spec.mutable_start())));
  }
  out.seed = spec.seed();
  DV_ASSIGN_OR_RETURN(out.numerics, FromProto("spec.numerics", spec.numerics()));
  return out;
}

}  // namespace deepvision
