// Frequencies of a picture, as rfft2 lays them out: [height, width / 2 + 1].
//
// Shapes: without batch. float64 on the CPU.
// Threading: plain functions. Errors: torch's exceptions.
#ifndef DEEPVISION_CORE_VISUALIZATION_SPECTRUM_H_
#define DEEPVISION_CORE_VISUALIZATION_SPECTRUM_H_

#include <ATen/core/Tensor.h>

namespace deepvision {

// sqrt(fy^2 + fx^2) in cycles per pixel, 0..0.71.
at::Tensor FrequencyRadius(int64_t height, int64_t width);

// Lucid's scale 1 / max(radius, 1 / max(height, width))^power
// (lucid/optvis/param/spatial.py).
at::Tensor FrequencyScale(int64_t height, int64_t width, double power);

// Mean magnitudes of natural images' spectra for `axis` 0, 1, 2 of the decorrelated
// colours: a fit exp(a) k^-b exp(-c (k / 256)^2), k = 512 radius, at least 1, to the
// magnitudes that Xplique measured on ImageNet (rms log error 0.05 for k in 1..224),
// and its constant term. Only ratios mean something.
at::Tensor NaturalMagnitude(int axis, int64_t height, int64_t width);

// The exponent b, mean over the axes, and c of the fit above, as one curve: the log
// of natural power, up to a constant, for k >= 1.
double NaturalLogPower(double k);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_SPECTRUM_H_
