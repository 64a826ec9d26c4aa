// A way to visualise: a parameterisation, what the network is shown of the image at
// each step, and an optimiser.
//
//   fourier  MakeFourierImage, transforms, Adam
//   robust   pixels in the network's space, transforms baked into them, normalised
//            gradient steps
//   maco     MakePhaseImage, random crops with noise, NAdam
//
// Shapes: image [1, channels, height, width]; what is seen is [1, channels, height,
// width] of the network's input, in its space.
// Threading: immutable. Errors: torch's exceptions.
#ifndef DEEPVISION_CORE_VISUALIZATION_METHOD_H_
#define DEEPVISION_CORE_VISUALIZATION_METHOD_H_

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>

#include "core/api/manifest.h"
#include "core/api/visualization_spec.h"
#include "core/visualization/image_model.h"
#include "core/visualization/optimizer.h"
#include "core/visualization/robust_transform.h"
#include "core/visualization/view.h"

namespace deepvision {

struct MethodOptions {
  VisualizationMethod method;
  int steps = 1;
  ImageSize image;
  PlaneSize input;  // of the network
  Preprocessing preprocessing;
  c10::ScalarType dtype = c10::ScalarType::Float;
  // [channels, height, width] in the network's space, resized to the image;
  // undefined: noise.
  at::Tensor start;
  at::Tensor magnitude;  // of maco, see PhaseImageOptions
  // For tests: the draws of robust in place of random ones.
  std::function<RobustDraw(int step)> robust_draws;
};

class Method {
 public:
  virtual ~Method() = default;

  // New parameters, a leaf for gradients.
  virtual at::Tensor Start(UnitRandom& random) const = 0;
  // The parameters as they enter step 0, 1, …: others, or the same tensor.
  virtual at::Tensor Disturbed(const at::Tensor& parameters, int /*step*/,
                               UnitRandom& /*random*/) const {
    return parameters;
  }
  virtual at::Tensor Image(const at::Tensor& parameters) const = 0;
  virtual std::unique_ptr<Optimizer> MakeOptimizer() const = 0;

  // How often the network looks at each step; the objective is the mean.
  virtual int views() const { return 1; }
  // One look; differentiable.
  virtual at::Tensor See(const at::Tensor& image, int step, UnitRandom& random) const = 0;
  // The whole image without transforms.
  virtual at::Tensor SeeWhole(const at::Tensor& image) const = 0;

  // Whether dead starts are helped with RedirectReluGradients.
  virtual bool redirects() const { return true; }
  // The colour from which penalties count.
  virtual double middle() const { return 0.5; }
  // Whether the sum of |gradient| is kept as the image's opacity.
  virtual bool keeps_opacity() const { return false; }

  // As people see it, 0..1, and as a network reads it, both of the image's size.
  virtual at::Tensor Display(const at::Tensor& image) const = 0;
  virtual at::Tensor Network(const at::Tensor& image) const = 0;
};

std::unique_ptr<Method> MakeMethod(const MethodOptions& options);

// One for each kind of method; MakeMethod chooses.
std::unique_ptr<Method> MakeFourier(const FourierMethod& fourier, const MethodOptions& options);
std::unique_ptr<Method> MakeRobust(const RobustMethod& robust, const MethodOptions& options);
std::unique_ptr<Method> MakeMaco(const MacoMethod& maco, const MethodOptions& options);

// `start` as an image of that size, [1, …], in the network's space.
at::Tensor StartOfSize(const at::Tensor& start, const ImageSize& size, c10::ScalarType dtype);

// (x - low) / (high - low) per image, clamped to 0..1; 0 where they are equal. low and
// high are quantiles, 0 and 1 for the least and the largest.
at::Tensor Stretched(const at::Tensor& image, double low, double high);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_METHOD_H_
