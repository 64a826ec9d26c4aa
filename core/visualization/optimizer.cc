#include "core/visualization/optimizer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

namespace deepvision {
namespace {

constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;
constexpr double kEpsilon = 1e-8;
constexpr double kMomentumDecay = 0.004;

// Running means of the gradient and of its square.
class Moments {
 public:
  void Add(const at::Tensor& gradient) {
    if (!first_.defined()) {
      first_ = at::zeros_like(gradient);
      second_ = at::zeros_like(gradient);
    }
    ++step_;
    first_.lerp_(gradient, 1 - kBeta1);
    second_.mul_(kBeta2).addcmul_(gradient, gradient, 1 - kBeta2);
  }
  int step() const { return step_; }
  const at::Tensor& first() const { return first_; }
  const at::Tensor& second() const { return second_; }

 private:
  int step_ = 0;
  at::Tensor first_;
  at::Tensor second_;
};

class Adam final : public Optimizer {
 public:
  explicit Adam(double learning_rate) : learning_rate_(learning_rate) {}

  void Step(at::Tensor& parameters, const at::Tensor& gradient) override {
    moments_.Add(gradient);
    const double correction1 = 1 - std::pow(kBeta1, moments_.step());
    const double correction2 = 1 - std::pow(kBeta2, moments_.step());
    const at::Tensor scale = (moments_.second().sqrt() / std::sqrt(correction2)).add_(kEpsilon);
    parameters.addcdiv_(moments_.first(), scale, -learning_rate_ / correction1);
  }

 private:
  const double learning_rate_;
  Moments moments_;
};

class NAdam final : public Optimizer {
 public:
  explicit NAdam(double learning_rate) : learning_rate_(learning_rate) {}

  void Step(at::Tensor& parameters, const at::Tensor& gradient) override {
    moments_.Add(gradient);
    const double mu = Momentum(moments_.step());
    const double next = Momentum(moments_.step() + 1);
    product_ *= mu;
    const double correction2 = 1 - std::pow(kBeta2, moments_.step());
    const at::Tensor scale = (moments_.second() / correction2).sqrt_().add_(kEpsilon);
    parameters.addcdiv_(gradient, scale, -learning_rate_ * (1 - mu) / (1 - product_));
    parameters.addcdiv_(moments_.first(), scale, -learning_rate_ * next / (1 - product_ * next));
  }

 private:
  static double Momentum(int step) {
    return kBeta1 * (1 - 0.5 * std::pow(0.96, step * kMomentumDecay));
  }

  const double learning_rate_;
  double product_ = 1;  // of all momenta
  Moments moments_;
};

class NormalizedStep final : public Optimizer {
 public:
  explicit NormalizedStep(double length) : length_(length) {}

  void Step(at::Tensor& parameters, const at::Tensor& gradient) override {
    const at::Tensor norm = gradient.square().sum().sqrt();
    parameters.sub_(gradient / (norm + 1e-6), length_);
  }

 private:
  const double length_;
};

}  // namespace

std::unique_ptr<Optimizer> MakeAdam(double learning_rate) {
  return std::make_unique<Adam>(learning_rate);
}

std::unique_ptr<Optimizer> MakeNAdam(double learning_rate) {
  return std::make_unique<NAdam>(learning_rate);
}

std::unique_ptr<Optimizer> MakeNormalizedStep(double length) {
  return std::make_unique<NormalizedStep>(length);
}

}  // namespace deepvision
