// How an image is written in numbers that are optimised: the parameterisation.
//
//   const std::unique_ptr<ImageModel> model = MakeFourierImage({...});
//   at::Tensor parameters = model->Noise(random).requires_grad_(true);
//   at::Tensor image = model->Image(parameters);
//
// Sources: Olah et al., "Feature Visualization", Distill 2017, and lucid/optvis/param
// (fourier); Fel et al., "Unlocking Feature Visualization …", NeurIPS 2023, and
// xplique/features_visualizations (maco).
//
// Shapes: parameters [batch, …], images [batch, channels, height, width]; an image
// depends on its own parameters only.
// Units: colours 0..1; those of MakePixelImage are whatever its start is in.
// Threading: immutable. Errors: torch's exceptions.
#ifndef DEEPVISION_CORE_VISUALIZATION_IMAGE_MODEL_H_
#define DEEPVISION_CORE_VISUALIZATION_IMAGE_MODEL_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "core/visualization/unit_random.h"

namespace deepvision {

struct ImageSize {
  int64_t channels = 3;
  int64_t height = 0;
  int64_t width = 0;
  bool operator==(const ImageSize&) const = default;
};

class ImageModel {
 public:
  virtual ~ImageModel() = default;

  // Parameters of one image, batch 1, drawn anew.
  virtual at::Tensor Noise(UnitRandom& random) const = 0;
  // Those whose image is `image`, [batch, channels, height, width].
  virtual at::Tensor FromImage(const at::Tensor& image) const = 0;
  // Differentiable.
  virtual at::Tensor Image(const at::Tensor& parameters) const = 0;
};

// image = sigmoid(M irfft2(S z, ortho) / 4), S of FrequencyScale, M of LatentToRgb;
// z [batch, channels, height, width / 2 + 1, 2] starts as normal numbers. The start
// is a mid-grey of deviation about 0.02 before the sigmoid.
struct FourierImageOptions {
  ImageSize size;
  double decay_power = 1;
  double initial_deviation = 0.01;
  bool decorrelate = true;  // ignored unless there are three channels
  c10::ScalarType dtype = c10::ScalarType::Float;
};
std::unique_ptr<ImageModel> MakeFourierImage(const FourierImageOptions& options);

// The pixels themselves; noise is normal with deviation 1.
std::unique_ptr<ImageModel> MakePixelImage(const ImageSize& size, c10::ScalarType dtype);

// Only the phases p [batch, channels, height, width / 2 + 1] are parameters:
//   p' = (p - mean) / (deviation + 1e-5), y = irfft2(magnitude * exp(i p')),
//   image = sigmoid(M (y - mean) / (deviation + 1e-5))
// with means and deviations over the whole image.
struct PhaseImageOptions {
  ImageSize size;
  // [channels, height, width / 2 + 1], of decorrelated colours where there are three
  // channels; undefined: NaturalMagnitude.
  at::Tensor magnitude;
  // Whether p is made p'. A start from an image has its own phases: not then.
  bool standardize = true;
  c10::ScalarType dtype = c10::ScalarType::Float;
};
std::unique_ptr<ImageModel> MakePhaseImage(const PhaseImageOptions& options);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_IMAGE_MODEL_H_
