#include "core/visualization/unit_climb.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <utility>

#include "core/visualization/penalty.h"

namespace deepvision {
namespace {

constexpr int kRedirectedSteps = 16;  // Lucid's
constexpr int kFlatSteps = 16;        // then it is dead
constexpr int kMostRestarts = 3;

double Norm(const at::Tensor& tensor) {
  return at::linalg_vector_norm(tensor, 2, c10::nullopt, false, at::kDouble).item<double>();
}

bool HasAny(const std::vector<at::Tensor>& slopes) {
  for (const at::Tensor& slope : slopes) {
    if ((slope != 0).any().item<bool>()) return true;
  }
  return false;
}

}  // namespace

UnitClimb::UnitClimb(std::shared_ptr<const ClimbRules> rules, int unit)
    : rules_(std::move(rules)), images_(static_cast<size_t>(rules_->images)) {
  progress_.unit = unit;
  Start();
}

UnitRandom UnitClimb::Random(int image, int step) const {
  return UnitRandom({.seed = rules_->seed,
                     .unit = progress_.unit,
                     .image = image,
                     .attempt = progress_.restarts,
                     .step = step});
}

void UnitClimb::Start() {
  for (size_t i = 0; i < images_.size(); ++i) {
    UnitRandom random = Random(static_cast<int>(i), 0);
    images_[i] = Slot{};
    images_[i].parameters = rules_->method->Start(random);
    images_[i].optimizer = rules_->method->MakeOptimizer();
  }
  progress_.step = 0;
  flat_steps_ = 0;
}

void UnitClimb::Restart() {
  if (progress_.restarts == kMostRestarts) {
    progress_.state = UnitProgress::State::kFailed;
    return;
  }
  ++progress_.restarts;
  Start();
}

bool UnitClimb::redirected() const {
  return rules_->method->redirects() && progress_.step < kRedirectedSteps;
}

at::Tensor UnitClimb::Disturbed(const Slot& slot) const {
  const c10::AutoGradMode no_gradients(false);
  return rules_->method->Disturbed(slot.parameters, progress_.step, *slot.random)
      .detach()
      .set_requires_grad(true);
}

void UnitClimb::Begin() {
  for (size_t i = 0; i < images_.size(); ++i) {
    Slot& slot = images_[i];
    slot.random = std::make_unique<UnitRandom>(Random(static_cast<int>(i), progress_.step + 1));
    slot.point = Disturbed(slot);
    slot.image = rules_->method->Image(slot.point);
    slot.leaf = slot.image.detach().requires_grad_(true);
  }
}

at::Tensor UnitClimb::See(int image) {
  Slot& slot = images_[static_cast<size_t>(image)];
  return rules_->method->See(slot.leaf, progress_.step, *slot.random);
}

at::Tensor UnitClimb::ParameterGradient(Slot& slot, const at::Tensor& slope) const {
  at::Tensor total = slope;
  const at::Tensor penalty = PenaltySum(rules_->penalties, slot.leaf, rules_->method->middle());
  if (penalty.defined()) total = total + torch::autograd::grad({penalty}, {slot.leaf})[0];
  return torch::autograd::grad({slot.image}, {slot.point}, {total})[0];
}

void UnitClimb::End(double objective, const std::vector<at::Tensor>& slopes) {
  std::vector<at::Tensor> gradients;
  double square = 0;
  for (size_t i = 0; i < images_.size(); ++i) {
    gradients.push_back(ParameterGradient(images_[i], slopes[i]));
    const double norm = Norm(gradients.back());
    square += norm * norm;
  }
  for (Slot& slot : images_) {
    slot.parameters = slot.point.detach();
    slot.point = slot.image = slot.leaf = at::Tensor();
  }
  progress_.objective = objective;
  progress_.gradient_norm = std::sqrt(square);
  if (!std::isfinite(objective) || !std::isfinite(square)) return Restart();
  flat_steps_ = HasAny(slopes) ? 0 : flat_steps_ + 1;
  for (size_t i = 0; i < images_.size(); ++i) {
    Slot& slot = images_[i];
    slot.optimizer->Step(slot.parameters, gradients[i]);
    if (!rules_->method->keeps_opacity()) continue;
    const at::Tensor seen = slopes[i].abs().mean(1);
    slot.opacity = slot.opacity.defined() ? slot.opacity + seen : seen;
  }
  ++progress_.step;
  if (flat_steps_ == kFlatSteps) {
    progress_.state = UnitProgress::State::kDead;
  } else if (progress_.step == rules_->steps) {
    progress_.state = UnitProgress::State::kDone;
  }
}

at::Tensor UnitClimb::Image(int image) const {
  return rules_->method->Image(images_[static_cast<size_t>(image)].parameters.detach());
}

}  // namespace deepvision
