// How much a picture is like natural images, told without any: from its spectrum.
// (How much it excites its unit is Ascent::CleanObjectives.)
//
// Fel et al., NeurIPS 2023, found that visualisations of deep networks put far more
// power into high frequencies than natural images do.
//
// Threading: plain functions. Errors: torch's exceptions.
#ifndef DEEPVISION_CORE_VISUALIZATION_QUALITY_H_
#define DEEPVISION_CORE_VISUALIZATION_QUALITY_H_

#include <ATen/core/Tensor.h>

namespace deepvision {

// The distance of the picture's radial log power spectrum from that of natural images:
//   P(k) = log of the mean over channels and ring k of |rfft2(picture - mean)|^2
//   D(k) = P(k) - log natural power (NaturalLogPower, of the same cycles per pixel)
//   distance = root mean square over k of D(k) - mean of D
// over rings of whole frequencies k = 1 … min(height, width) / 2 - 1, in cycles per
// shorter side. 0 is a natural spectrum; 1 means that power is off by a factor e on
// average. Brightness and contrast do not matter; smoothing and noise do.
//
// `picture`: [channels, height, width], any float type, colours as people see them.
// A constant picture has no spectrum: NaN. So has one of sides below 4.
double SpectralDistance(const at::Tensor& picture);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_QUALITY_H_
