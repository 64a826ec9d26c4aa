#include "core/visualization/method.h"
#include "core/visualization/sample_view.h"

namespace deepvision {
namespace {

class Robust final : public Method {
 public:
  Robust(const RobustMethod& robust, const MethodOptions& options)
      : robust_(robust),
        last_disturbed_(options.steps - robust.plain_steps),
        size_{options.image.height, options.image.width},
        input_(options.input),
        draws_(options.robust_draws),
        model_(MakePixelImage(options.image, options.dtype)) {
    if (!options.start.defined()) return;
    start_ = StartOfSize(options.start, options.image, options.dtype);
  }

  at::Tensor Start(UnitRandom& random) const override {
    return start_.defined() ? start_.clone() : model_->Noise(random);
  }
  at::Tensor Disturbed(const at::Tensor& parameters, int step, UnitRandom& random) const override {
    if (step >= last_disturbed_) return parameters;
    return RobustTransform(parameters, robust_,
                           draws_ ? draws_(step) : DrawRobust(robust_, random));
  }
  at::Tensor Image(const at::Tensor& parameters) const override {
    return model_->Image(parameters);
  }
  std::unique_ptr<Optimizer> MakeOptimizer() const override {
    return MakeNormalizedStep(robust_.step_length);
  }

  at::Tensor See(const at::Tensor& image, int /*step*/, UnitRandom& /*random*/) const override {
    return SeeWhole(image);
  }
  at::Tensor SeeWhole(const at::Tensor& image) const override {
    if (size_ == input_) return image;
    return SampleView(image, WholeView(size_, input_), input_);
  }
  bool redirects() const override { return false; }
  double middle() const override { return 0; }
  at::Tensor Display(const at::Tensor& image) const override { return Stretched(image, 0, 1); }
  at::Tensor Network(const at::Tensor& image) const override { return image; }

 private:
  const RobustMethod robust_;
  const int last_disturbed_;  // first step without transforms
  const PlaneSize size_;
  const PlaneSize input_;
  const std::function<RobustDraw(int step)> draws_;
  const std::unique_ptr<ImageModel> model_;
  at::Tensor start_;
};

}  // namespace

std::unique_ptr<Method> MakeRobust(const RobustMethod& robust, const MethodOptions& options) {
  return std::make_unique<Robust>(robust, options);
}

}  // namespace deepvision
