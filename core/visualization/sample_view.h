// The pixels of a view, by bilinear interpolation, in one differentiable step.
//
//   at::Tensor seen = SampleView(image, DrawView(...), {224, 224});
//
// Pixel (i, j) has its middle at (i + 1/2, j + 1/2), as in torch's interpolate without
// align_corners. Nothing is smoothed when the view is smaller than what it shows, unless
// it says so. A view that shows the image pixel by pixel gives its numbers to the bit.
//
// On the CPU both directions run on the calling thread in a fixed order and are the
// same for each image wherever it lies in the batch. On other devices torch's
// grid_sampler_2d is used, whose gradient on CUDA adds in no fixed order.
//
// Shapes: image [batch, channels, height, width], float32 or float64; the result has
// the size of `seen`. Errors: torch's exceptions.
#ifndef DEEPVISION_CORE_VISUALIZATION_SAMPLE_VIEW_H_
#define DEEPVISION_CORE_VISUALIZATION_SAMPLE_VIEW_H_

#include <ATen/core/Tensor.h>

#include "core/visualization/view.h"

namespace deepvision {

at::Tensor SampleView(const at::Tensor& image, const View& view, const PlaneSize& seen);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_SAMPLE_VIEW_H_
