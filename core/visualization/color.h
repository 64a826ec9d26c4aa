// Decorrelated colours. The matrix is Lucid's square root of the correlation of
// ImageNet's colours, divided by the largest 2-norm of its columns
// (lucid/optvis/param/color.py):
//
//   rgb = M latent,  M = [.26 .09 .02; .27 0 -.05; .27 -.09 .03] / 0.46195
//
// Shapes: [batch, 3, height, width]. Differentiable; any float type.
// Threading: plain functions. Errors: torch's exceptions.
#ifndef DEEPVISION_CORE_VISUALIZATION_COLOR_H_
#define DEEPVISION_CORE_VISUALIZATION_COLOR_H_

#include <ATen/core/Tensor.h>

namespace deepvision {

at::Tensor LatentToRgb(const at::Tensor& latent);
at::Tensor RgbToLatent(const at::Tensor& rgb);  // the inverse

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_COLOR_H_
