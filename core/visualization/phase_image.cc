#include <ATen/TensorOperators.h>
#include <ATen/ops/angle.h>
#include <ATen/ops/complex.h>
#include <ATen/ops/fft_irfft2.h>
#include <ATen/ops/fft_rfft2.h>
#include <ATen/ops/logit.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/std.h>

#include <array>
#include <vector>

#include "core/visualization/color.h"
#include "core/visualization/image_model.h"
#include "core/visualization/spectrum.h"

namespace deepvision {
namespace {

constexpr double kEpsilon = 1e-5;
constexpr double kDarkest = 1e-6;

// Mean 0 and deviation 1 over each whole image.
at::Tensor Standardize(const at::Tensor& x) {
  const at::Tensor mean = x.mean({1, 2, 3}, /*keepdim=*/true);
  const at::Tensor deviation = at::std(x, at::IntArrayRef({1, 2, 3}), true, /*keepdim=*/true);
  return (x - mean) / (deviation + kEpsilon);
}

at::Tensor NaturalMagnitudes(const ImageSize& size) {
  std::vector<at::Tensor> channels;
  for (int64_t c = 0; c < size.channels; ++c) {
    // What is no colour has the spectrum of brightness.
    const int axis = size.channels == 3 ? static_cast<int>(c) : 0;
    channels.push_back(NaturalMagnitude(axis, size.height, size.width));
  }
  return at::stack(channels);
}

class PhaseImage final : public ImageModel {
 public:
  explicit PhaseImage(const PhaseImageOptions& options)
      : options_(options),
        magnitude_(
            (options.magnitude.defined() ? options.magnitude : NaturalMagnitudes(options.size))
                .to(options.dtype)) {}

  at::Tensor Noise(UnitRandom& random) const override {
    const ImageSize& size = options_.size;
    return random.Normals({1, size.channels, size.height, size.width / 2 + 1}, options_.dtype);
  }

  at::Tensor FromImage(const at::Tensor& image) const override {
    at::Tensor latent = at::logit(image.to(options_.dtype).clamp(kDarkest, 1 - kDarkest));
    if (options_.size.channels == 3) latent = RgbToLatent(latent);
    return at::angle(at::fft_rfft2(latent));
  }

  at::Tensor Image(const at::Tensor& parameters) const override {
    const std::array<int64_t, 2> size = {options_.size.height, options_.size.width};
    const at::Tensor phase = options_.standardize ? Standardize(parameters) : parameters;
    const at::Tensor spectrum = at::complex(magnitude_ * phase.cos(), magnitude_ * phase.sin());
    at::Tensor image = Standardize(at::fft_irfft2(spectrum, at::IntArrayRef(size)));
    if (options_.size.channels == 3) image = LatentToRgb(image);
    return at::sigmoid(image);
  }

 private:
  const PhaseImageOptions options_;
  const at::Tensor magnitude_;
};

}  // namespace

std::unique_ptr<ImageModel> MakePhaseImage(const PhaseImageOptions& options) {
  return std::make_unique<PhaseImage>(options);
}

}  // namespace deepvision
