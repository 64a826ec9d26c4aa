// One image's optimiser: parameters and a gradient -> better parameters.
//
// Adam and NAdam are PyTorch's (torch/optim/adam.py and nadam.py of 2.11, the single
// tensor form, no weight decay), betas 0.9 and 0.999, epsilon 1e-8; NAdam's momentum
// decay is 0.004. The normalised step is the predecessor's: x - length * g / (|g| +
// 1e-6).
//
// Threading: one thread at a time; not inside a recording of gradients.
// Errors: torch's exceptions.
#ifndef DEEPVISION_CORE_VISUALIZATION_OPTIMIZER_H_
#define DEEPVISION_CORE_VISUALIZATION_OPTIMIZER_H_

#include <ATen/core/Tensor.h>

#include <memory>

namespace deepvision {

class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // Changes `parameters`, always the same tensor, in the direction that makes
  // smaller what `gradient` is of.
  virtual void Step(at::Tensor& parameters, const at::Tensor& gradient) = 0;
};

std::unique_ptr<Optimizer> MakeAdam(double learning_rate);
std::unique_ptr<Optimizer> MakeNAdam(double learning_rate);
std::unique_ptr<Optimizer> MakeNormalizedStep(double length);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_OPTIMIZER_H_
