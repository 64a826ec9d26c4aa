#include "core/visualization/ascent.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/device/torch_status.h"
#include "core/visualization/resolve_spec.h"

namespace deepvision {
namespace {

// Views of one image are seen together up to this many images in a batch.
constexpr int kMostSamples = 16;
constexpr double kOpaque = 0.8;  // quantile

PlaneSize InputSize(const Graph& graph) {
  const std::vector<int64_t>& sizes = graph.values[graph.input].sizes;
  return {sizes[2], sizes[3]};
}

absl::Status Check(const AscentOptions& options, const ObjectiveFunction& objective,
                   const std::vector<int>& units) {
  for (const int unit : units) DV_RETURN_IF_ERROR(objective.CheckUnit(unit));
  if (static_cast<int64_t>(units.size()) * objective.images() > options.width || units.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("a batch of ", options.width,
                                                   " images does not hold ", units.size(),
                                                   " units of ", objective.images()));
  }
  if (options.graph->values[options.graph->input].sizes.size() != 4) {
    return absl::FailedPreconditionError("the network reads no picture [channels, height, width]");
  }
  const int64_t channels = options.graph->values[options.graph->input].sizes[1];
  if (options.start.defined() && (options.start.dim() != 3 || options.start.size(0) != channels)) {
    return absl::InvalidArgumentError(
        absl::StrCat("start: needs the shape [", channels, ", height, width]"));
  }
  return absl::OkStatus();
}

MethodOptions MethodOptionsOf(const AscentOptions& options, c10::ScalarType dtype) {
  MethodOptions method;
  method.method = options.spec.method;
  method.steps = options.spec.steps;
  method.image = {options.graph->values[options.graph->input].sizes[1], options.spec.height,
                  options.spec.width};
  method.input = InputSize(*options.graph);
  method.preprocessing = options.preprocessing;
  method.dtype = dtype;
  method.start = options.start;
  method.magnitude = options.magnitude;
  method.robust_draws = options.robust_draws;
  return method;
}

int Crops(const VisualizationMethod& method) {
  const auto* maco = std::get_if<MacoMethod>(&method);
  return maco == nullptr ? 1 : maco->crops;
}

}  // namespace

Ascent::Ascent(ObjectiveFunction objective, std::shared_ptr<const ClimbRules> rules,
               std::unique_ptr<NetworkPass> pass, int views_per_pass, std::function<bool()> go_on)
    : objective_(std::move(objective)),
      rules_(std::move(rules)),
      pass_(std::move(pass)),
      views_per_pass_(views_per_pass),
      go_on_(std::move(go_on)) {}

absl::StatusOr<std::unique_ptr<Ascent>> Ascent::Create(const AscentOptions& options,
                                                       const std::vector<int>& units) {
  const VisualizationSpec& spec = options.spec;
  DV_RETURN_IF_ERROR(CheckResolved(spec));
  DV_ASSIGN_OR_RETURN(ObjectiveFunction objective,
                      ObjectiveFunction::Create(spec.objective, spec.layer, options.layers));
  DV_RETURN_IF_ERROR(Check(options, objective, units));
  const int views = std::clamp(kMostSamples / options.width, 1, Crops(spec.method));
  const PassForm form{.fast = spec.numerics != Numerics::kExact,
                      .own_units = objective.LooksAtOwnUnitOnly()};
  DV_ASSIGN_OR_RETURN(std::unique_ptr<NetworkPass> pass,
                      NetworkPass::Create(options.graph, objective.layers(), options.width * views,
                                          form, options.go_on));
  return CallTorch([&]() -> absl::StatusOr<std::unique_ptr<Ascent>> {
    const c10::AutoGradMode no_gradients(false);
    auto rules = std::make_shared<ClimbRules>();
    rules->method = MakeMethod(MethodOptionsOf(options, pass->dtype()));
    rules->penalties = spec.penalties;
    rules->images = objective.images();
    rules->steps = spec.steps;
    rules->seed = spec.seed;
    auto ascent = std::unique_ptr<Ascent>(
        new Ascent(std::move(objective), rules, std::move(pass), views, options.go_on));
    for (const int unit : units) {
      ascent->climbs_.push_back(std::make_unique<UnitClimb>(rules, unit));
    }
    return ascent;
  });
}

// What the views of a step add up to.
struct Ascent::Sums {
  std::vector<UnitClimb*> climbs;
  std::vector<double> objectives;               // per climb
  std::vector<std::vector<at::Tensor>> slopes;  // per climb and image
};

std::vector<UnitClimb*> Ascent::Running() {
  std::vector<UnitClimb*> running;
  for (const auto& climb : climbs_) {
    if (climb->running()) running.push_back(climb.get());
  }
  return running;
}

absl::Status Ascent::Step() {
  return CallTorch([&] {
    const c10::AutoGradMode gradients(true);
    return Climb();
  });
}

absl::Status Ascent::Climb() {
  Sums sums;
  sums.climbs = Running();
  if (sums.climbs.empty()) return absl::OkStatus();
  sums.objectives.assign(sums.climbs.size(), 0);
  for (UnitClimb* climb : sums.climbs) {
    climb->Begin();
    std::vector<at::Tensor>& slopes = sums.slopes.emplace_back();
    for (int i = 0; i < rules_->images; ++i) slopes.push_back(at::zeros_like(climb->leaf(i)));
  }
  const int views = rules_->method->views();
  for (int seen = 0; seen < views; seen += views_per_pass_) {
    DV_RETURN_IF_ERROR(Look(std::min(views_per_pass_, views - seen), sums));
  }
  for (size_t i = 0; i < sums.climbs.size(); ++i) {
    sums.climbs[i]->End(sums.objectives[i], sums.slopes[i]);
  }
  return absl::OkStatus();
}

absl::Status Ascent::Look(int views, Sums& sums) {
  std::vector<at::Tensor> inputs;
  SampleRoles roles;
  std::vector<at::Tensor> leaves;
  for (UnitClimb* climb : sums.climbs) {
    for (int i = 0; i < rules_->images; ++i) {
      leaves.push_back(climb->leaf(i));
      for (int view = 0; view < views; ++view) {
        inputs.push_back(climb->See(i));
        roles.units.push_back(climb->progress().unit);
        roles.redirected.push_back(climb->redirected());
      }
    }
  }
  DV_ASSIGN_OR_RETURN(const SampleValues values,
                      pass_->Run(inputs, std::move(roles), {.gradients = true, .go_on = go_on_}));
  AddSlopes(leaves, Evaluate(sums.climbs, views, values), sums);
  return absl::OkStatus();
}

void Ascent::AddSlopes(const std::vector<at::Tensor>& leaves, const Objectives& objectives,
                       Sums& sums) {
  std::vector<at::Tensor> roots;
  std::vector<at::Tensor> weights;
  const double share = 1.0 / rules_->method->views();
  for (size_t c = 0; c < objectives.size(); ++c) {
    for (const std::vector<at::Tensor>& images : objectives[c]) {
      for (const at::Tensor& objective : images) {
        sums.objectives[c] += objective.item<double>() * share;
        roots.push_back(objective);
        weights.push_back(at::full({}, -share, objective.options().requires_grad(false)));
      }
    }
  }
  const std::vector<at::Tensor> slopes =
      torch::autograd::grad(roots, leaves, weights, {}, false, /*allow_unused=*/true);
  const auto images = static_cast<size_t>(rules_->images);
  for (size_t k = 0; k < slopes.size(); ++k) {
    at::Tensor& sum = sums.slopes[k / images][k % images];
    if (slopes[k].defined()) sum = sum + slopes[k].detach();
  }
}

Ascent::Objectives Ascent::Evaluate(const std::vector<UnitClimb*>& climbs, int views,
                                    const SampleValues& values) const {
  Objectives objectives(climbs.size());
  auto next = values.begin();
  for (size_t c = 0; c < climbs.size(); ++c) {
    // [view][image]
    std::vector<SampleValues> seen(static_cast<size_t>(views));
    for (int i = 0; i < rules_->images; ++i) {
      for (SampleValues& images : seen) images.push_back(*next++);
    }
    const int unit = pass_->sliced() ? 0 : climbs[c]->progress().unit;
    for (const SampleValues& images : seen) {
      objectives[c].push_back(objective_.Evaluate(unit, images));
    }
  }
  return objectives;
}

bool Ascent::finished() const {
  return std::none_of(climbs_.begin(), climbs_.end(),
                      [](const auto& climb) { return climb->running(); });
}

std::vector<UnitProgress> Ascent::progress() const {
  std::vector<UnitProgress> all;
  for (const auto& climb : climbs_) all.push_back(climb->progress());
  return all;
}

absl::StatusOr<at::Tensor> Ascent::Images(int i, ImageSpace space) const {
  return CallTorch([&] {
    const c10::AutoGradMode no_gradients(false);
    const UnitClimb& climb = *climbs_.at(static_cast<size_t>(i));
    std::vector<at::Tensor> images;
    for (int k = 0; k < rules_->images; ++k) {
      const at::Tensor image = climb.Image(k);
      images.push_back(space == ImageSpace::kDisplay ? rules_->method->Display(image)
                                                     : rules_->method->Network(image));
    }
    return at::cat(images).to(at::kCPU, at::kFloat).contiguous();
  });
}

const at::Tensor& Ascent::Parameters(int i) const {
  return climbs_.at(static_cast<size_t>(i))->parameters(0);
}

absl::StatusOr<at::Tensor> Ascent::Opacity(int i) const {
  return CallTorch([&] {
    const UnitClimb& climb = *climbs_.at(static_cast<size_t>(i));
    std::vector<at::Tensor> images;
    for (int k = 0; k < rules_->images; ++k) {
      if (!climb.opacity(k).defined()) return at::Tensor();
      const at::Tensor least = climb.opacity(k).unsqueeze(0) * 0;
      const at::Tensor with_zero = at::cat({least, climb.opacity(k).unsqueeze(0)}, 1);
      images.push_back(Stretched(with_zero, 0, kOpaque + (1 - kOpaque) / 2).select(1, 1));
    }
    return at::cat(images).to(at::kCPU, at::kFloat).contiguous();
  });
}

absl::StatusOr<std::vector<std::vector<double>>> Ascent::CleanObjectives() {
  return CallTorch([&]() -> absl::StatusOr<std::vector<std::vector<double>>> {
    const c10::AutoGradMode no_gradients(false);
    std::vector<UnitClimb*> all;
    std::vector<at::Tensor> inputs;
    SampleRoles roles;
    for (const auto& climb : climbs_) {
      all.push_back(climb.get());
      for (int i = 0; i < rules_->images; ++i) {
        inputs.push_back(rules_->method->SeeWhole(climb->Image(i)));
        roles.units.push_back(climb->progress().unit);
      }
    }
    DV_ASSIGN_OR_RETURN(const SampleValues values,
                        pass_->Run(inputs, std::move(roles), {.go_on = go_on_}));
    std::vector<std::vector<double>> objectives;
    for (const auto& views : Evaluate(all, 1, values)) {
      std::vector<double>& images = objectives.emplace_back();
      for (const at::Tensor& objective : views[0]) images.push_back(objective.item<double>());
    }
    return objectives;
  });
}

}  // namespace deepvision
