#include <ATen/TensorOperators.h>

#include "core/visualization/method.h"
#include "core/visualization/network_space.h"
#include "core/visualization/sample_view.h"

namespace deepvision {
namespace {

// What people see is stretched between these quantiles.
constexpr double kDarkest = 0.01;
constexpr double kBrightest = 0.99;

class Maco final : public Method {
 public:
  Maco(const MacoMethod& maco, const MethodOptions& options)
      : maco_(maco),
        steps_(options.steps),
        size_{options.image.height, options.image.width},
        input_(options.input),
        space_(options.preprocessing, options.dtype),
        model_(MakePhaseImage({options.image, options.magnitude,
                               /*standardize=*/!options.start.defined(), options.dtype})) {
    if (!options.start.defined()) return;
    start_ = model_->FromImage(
        space_.ToColors(StartOfSize(options.start, options.image, options.dtype)));
  }

  at::Tensor Start(UnitRandom& random) const override {
    return start_.defined() ? start_.clone() : model_->Noise(random);
  }
  at::Tensor Image(const at::Tensor& parameters) const override {
    return model_->Image(parameters);
  }
  std::unique_ptr<Optimizer> MakeOptimizer() const override {
    return MakeNAdam(maco_.learning_rate);
  }

  int views() const override { return maco_.crops; }
  at::Tensor See(const at::Tensor& image, int step, UnitRandom& random) const override {
    at::Tensor crop = SampleView(image, DrawCrop(Side(step), size_, input_, random), input_);
    if (maco_.noise > 0) crop = crop + Noise(crop, random);
    return space_.FromColors(crop);
  }
  at::Tensor SeeWhole(const at::Tensor& image) const override {
    return space_.FromColors(SampleView(image, WholeView(size_, input_), input_));
  }
  bool keeps_opacity() const override { return true; }
  at::Tensor Display(const at::Tensor& image) const override {
    return Stretched(image, kDarkest, kBrightest);
  }
  at::Tensor Network(const at::Tensor& image) const override { return space_.FromColors(image); }

 private:
  double Side(int step) const {
    const double share = steps_ > 1 ? static_cast<double>(step) / (steps_ - 1) : 0;
    return maco_.first_crop + (maco_.last_crop - maco_.first_crop) * share;
  }

  // Normal of the deviation `noise`, and uniform within half of it either way.
  at::Tensor Noise(const at::Tensor& crop, UnitRandom& random) const {
    const at::Tensor normal = random.Normals(crop.sizes(), crop.scalar_type());
    const at::Tensor uniform = random.Uniforms(crop.sizes(), crop.scalar_type());
    return ((normal + uniform - 0.5) * maco_.noise).to(crop.device());
  }

  const MacoMethod maco_;
  const int steps_;
  const PlaneSize size_;
  const PlaneSize input_;
  const NetworkSpace space_;
  const std::unique_ptr<ImageModel> model_;
  at::Tensor start_;  // parameters
};

}  // namespace

std::unique_ptr<Method> MakeMaco(const MacoMethod& maco, const MethodOptions& options) {
  return std::make_unique<Maco>(maco, options);
}

}  // namespace deepvision
