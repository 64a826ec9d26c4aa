#include <ATen/TensorOperators.h>
#include <ATen/ops/fft_irfft2.h>
#include <ATen/ops/fft_rfft2.h>
#include <ATen/ops/logit.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/view_as_complex.h>
#include <ATen/ops/view_as_real.h>

#include <array>

#include "core/visualization/color.h"
#include "core/visualization/image_model.h"
#include "core/visualization/spectrum.h"

namespace deepvision {
namespace {

// Lucid's: a larger one is a greyer start.
constexpr double kSaturation = 4;
// So that black and white have a finite logit.
constexpr double kDarkest = 1e-6;

class FourierImage final : public ImageModel {
 public:
  explicit FourierImage(const FourierImageOptions& options)
      : options_(options),
        decorrelate_(options.decorrelate && options.size.channels == 3),
        scale_(FrequencyScale(options.size.height, options.size.width, options.decay_power)
                   .to(options.dtype)
                   .unsqueeze(-1)) {}

  at::Tensor Noise(UnitRandom& random) const override {
    const ImageSize& size = options_.size;
    return random.Normals({1, size.channels, size.height, size.width / 2 + 1, 2}, options_.dtype) *
           options_.initial_deviation;
  }

  at::Tensor FromImage(const at::Tensor& image) const override {
    at::Tensor latent = at::logit(image.to(options_.dtype).clamp(kDarkest, 1 - kDarkest));
    if (decorrelate_) latent = RgbToLatent(latent);
    const at::Tensor spectrum = at::fft_rfft2(latent * kSaturation, {}, {-2, -1}, "ortho");
    return at::view_as_real(spectrum) / scale_;
  }

  at::Tensor Image(const at::Tensor& parameters) const override {
    const std::array<int64_t, 2> size = {options_.size.height, options_.size.width};
    const at::Tensor spectrum = at::view_as_complex(parameters * scale_);
    at::Tensor image =
        at::fft_irfft2(spectrum, at::IntArrayRef(size), {-2, -1}, "ortho") / kSaturation;
    if (decorrelate_) image = LatentToRgb(image);
    return at::sigmoid(image);
  }

 private:
  const FourierImageOptions options_;
  const bool decorrelate_;
  const at::Tensor scale_;  // [height, width / 2 + 1, 1]
};

}  // namespace

std::unique_ptr<ImageModel> MakeFourierImage(const FourierImageOptions& options) {
  return std::make_unique<FourierImage>(options);
}

}  // namespace deepvision
