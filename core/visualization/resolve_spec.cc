#include "core/visualization/resolve_spec.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/visualization/penalty.h"
#include "core/visualization/view.h"

namespace deepvision {
namespace {

constexpr int kFourierSide = 128;
constexpr int kMostSide = 2048;
constexpr int kMostSteps = 100000;
constexpr int kMostCrops = 256;

struct Limit {
  const char* field;
  double value;
  double least;
  double most;
};

absl::Status CheckLimits(const std::vector<Limit>& limits) {
  for (const Limit& limit : limits) {
    if (limit.value >= limit.least && limit.value <= limit.most) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(limit.field, ": ", limit.least, " to ", limit.most, ", not ", limit.value));
  }
  return absl::OkStatus();
}

// Checks each kind of method.
class MethodChecker {
 public:
  explicit MethodChecker(const VisualizationSpec& spec) : spec_(spec) {}

  absl::Status operator()(const FourierMethod& fourier) const {
    DV_RETURN_IF_ERROR(
        CheckLimits({{"fourier.learning_rate", fourier.learning_rate, 0, 1000},
                     {"fourier.decay_power", fourier.decay_power, 0, 4},
                     {"fourier.initial_deviation", fourier.initial_deviation, 0, 100}}));
    if (!fourier.transforms) return absl::OkStatus();
    return CheckTransforms(*fourier.transforms, {spec_.height, spec_.width}, "fourier.transforms");
  }
  absl::Status operator()(const RobustMethod& robust) const {
    DV_RETURN_IF_ERROR(CheckLimits({{"robust.step_length", robust.step_length, 0, 1e6},
                                    {"robust.distribution_pull", robust.distribution_pull, 0, 1},
                                    {"robust.max_scale", robust.max_scale, 0, 10},
                                    {"robust.max_degrees", robust.max_degrees, 0, 180},
                                    {"robust.blur_sigma", robust.blur_sigma, 0, 100},
                                    {"robust.max_roll", 1.0 * robust.max_roll, 0, 1024}}));
    return CheckLimits({{"robust.plain_steps", 1.0 * robust.plain_steps, 0, kMostSteps}});
  }
  absl::Status operator()(const MacoMethod& maco) const {
    return CheckLimits({{"maco.learning_rate", maco.learning_rate, 0, 1000},
                        {"maco.crops", 1.0 * maco.crops, 1, kMostCrops},
                        {"maco.first_crop", maco.first_crop, 0.05, 1},
                        {"maco.last_crop", maco.last_crop, 0.05, 1},
                        {"maco.noise", maco.noise, 0, 10}});
  }

 private:
  const VisualizationSpec& spec_;
};

absl::StatusOr<std::vector<int>> Units(const VisualizationSpec& spec, int count) {
  std::vector<int> units;
  if (spec.all_units) {
    units.resize(static_cast<size_t>(count));
    std::iota(units.begin(), units.end(), 0);
    return units;
  }
  if (spec.units.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("units: name units, or set all_units; the layer has ", count,
                     " and each is optimised by itself"));
  }
  absl::flat_hash_set<int> seen;
  for (const int unit : spec.units) {
    if (unit < 0 || unit >= count) {
      return absl::OutOfRangeError(
          absl::StrCat("units: the layer has the units 0..", count - 1, ", not ", unit));
    }
    if (seen.insert(unit).second) units.push_back(unit);
  }
  return units;
}

int DefaultSteps(const VisualizationMethod& method) {
  if (std::holds_alternative<RobustMethod>(method)) return 200;
  return std::holds_alternative<MacoMethod>(method) ? 256 : 512;
}

}  // namespace

absl::StatusOr<VisualizationSpec> ResolveSpec(VisualizationSpec spec, const SpecContext& context) {
  DV_ASSIGN_OR_RETURN(spec.units, Units(spec, context.units));
  spec.all_units = false;
  if (spec.objective.terms.empty()) spec.objective.terms.push_back({ChannelTerm{}, 1});
  const bool fourier = std::holds_alternative<FourierMethod>(spec.method);
  const auto side = [&](int network) {
    return fourier ? std::min(kFourierSide, network) : network;
  };
  if (spec.height == 0) spec.height = side(context.input_height);
  if (spec.width == 0) spec.width = side(context.input_width);
  if (spec.steps == 0) spec.steps = DefaultSteps(spec.method);
  if (spec.numerics == Numerics::kDefault) spec.numerics = Numerics::kFast;
  if (auto* method = std::get_if<FourierMethod>(&spec.method); method && !method->transforms) {
    method->transforms = DefaultTransforms({spec.height, spec.width});
  }
  DV_RETURN_IF_ERROR(CheckResolved(spec));
  return spec;
}

absl::Status CheckResolved(const VisualizationSpec& spec) {
  DV_RETURN_IF_ERROR(CheckLimits({{"height", 1.0 * spec.height, 1, kMostSide},
                                  {"width", 1.0 * spec.width, 1, kMostSide},
                                  {"steps", 1.0 * spec.steps, 1, kMostSteps}}));
  DV_RETURN_IF_ERROR(CheckPenalties(spec.penalties));
  if (!spec.quality_dataset.empty() && spec.objective.group.images != 1) {
    return absl::InvalidArgumentError(
        "quality_dataset: single images are measured against it, not groups; leave one out");
  }
  return std::visit(MethodChecker(spec), spec.method);
}

}  // namespace deepvision
