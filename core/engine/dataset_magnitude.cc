#include "core/engine/dataset_magnitude.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/fft_rfft2.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "core/base/status_macros.h"
#include "core/device/torch_status.h"
#include "core/visualization/color.h"

namespace deepvision {
namespace {

constexpr uint64_t kMostPictures = 64;

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
  const uint64_t size = found->size();
  const uint64_t count = std::min(size, kMostPictures);
  const Preprocessing colours = Colours(channels, height, width);
  at::Tensor sum = at::zeros({channels, height, width / 2 + 1});
  for (uint64_t i = 0; i < count; ++i) {
    const Input picture = DatasetImageRef{dataset, i * size / count};
    DV_ASSIGN_OR_RETURN(const at::Tensor tensor, PrepareTensor(picture, colours, datasets, limits));
    DV_ASSIGN_OR_RETURN(const at::Tensor one, CallTorch([&] { return Magnitude(tensor); }));
    sum += one;
  }
  return sum / static_cast<double>(count);
}

}  // namespace deepvision
