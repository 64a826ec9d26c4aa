#include "core/visualization/method.h"
#include "core/visualization/network_space.h"
#include "core/visualization/sample_view.h"

namespace deepvision {
namespace {

class Fourier final : public Method {
 public:
  Fourier(const FourierMethod& fourier, const MethodOptions& options)
      : learning_rate_(fourier.learning_rate),
        size_{options.image.height, options.image.width},
        input_(options.input),
        transforms_(fourier.transforms ? *fourier.transforms : DefaultTransforms(size_)),
        space_(options.preprocessing, options.dtype),
        model_(MakeFourierImage({options.image, fourier.decay_power, fourier.initial_deviation,
                                 fourier.decorrelate, options.dtype})) {
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
  std::unique_ptr<Optimizer> MakeOptimizer() const override { return MakeAdam(learning_rate_); }

  at::Tensor See(const at::Tensor& image, int /*step*/, UnitRandom& random) const override {
    return Sampled(image, DrawView(transforms_, size_, input_, random));
  }
  at::Tensor SeeWhole(const at::Tensor& image) const override {
    return Sampled(image, WholeView(size_, input_));
  }
  at::Tensor Display(const at::Tensor& image) const override { return image; }
  at::Tensor Network(const at::Tensor& image) const override { return space_.FromColors(image); }

 private:
  at::Tensor Sampled(const at::Tensor& image, const View& view) const {
    return space_.FromColors(SampleView(image, view, input_));
  }

  const double learning_rate_;
  const PlaneSize size_;
  const PlaneSize input_;
  const std::vector<Transform> transforms_;
  const NetworkSpace space_;
  const std::unique_ptr<ImageModel> model_;
  at::Tensor start_;  // parameters
};

}  // namespace

std::unique_ptr<Method> MakeFourier(const FourierMethod& fourier, const MethodOptions& options) {
  return std::make_unique<Fourier>(fourier, options);
}

}  // namespace deepvision
