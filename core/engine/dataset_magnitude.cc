#include "core/engine/dataset_magnitude.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/fft_rfft2.h>
#include <ATen/ops/zeros.h>

#include <vector>

#include "core/base/status_macros.h"
#include "core/device/torch_status.h"
#include "core/engine/dataset_sample.h"
#include "core/visualization/color.h"

namespace deepvision {
namespace {

// Colours 0..1 of the size of the image.
Preprocessing Colours(int channels, int height, int width) {
  Preprocessing colours;
  colours.channels = channels;
  colours.height = height;
  colours.width = width;
  return colours;
}

at::Tensor Magnitude(const at::Tensor& picture) {
  const bool colour = picture.size(1) == 3;
  return at::fft_rfft2(colour ? RgbToLatent(picture) : picture).abs().squeeze(0);
}

}  // namespace

absl::StatusOr<at::Tensor> MeasureMagnitude(const std::string& dataset, int channels, int height,
                                            int width, const DatasetRegistry& datasets,
                                            const InputLimits& limits) {
  DV_ASSIGN_OR_RETURN(const auto found, datasets.Find(dataset));
  const Preprocessing colours = Colours(channels, height, width);
  const std::vector<uint64_t> sample = SampleIndices(*found);
  at::Tensor sum = at::zeros({channels, height, width / 2 + 1});
  for (const uint64_t index : sample) {
    const Input picture = DatasetImageRef{dataset, index};
    DV_ASSIGN_OR_RETURN(const at::Tensor tensor, PrepareTensor(picture, colours, datasets, limits));
    DV_ASSIGN_OR_RETURN(const at::Tensor one, CallTorch([&] { return Magnitude(tensor); }));
    sum += one;
  }
  return sum / static_cast<double>(sample.size());
}

}  // namespace deepvision
