#include "core/input/source_tensor.h"

#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include "absl/strings/str_cat.h"
#include "core/device/torch_status.h"
#include "core/input/normalize.h"

namespace deepvision {
namespace {

bool ReadColoursAlike(const Preprocessing& a, const Preprocessing& b) {
  return a.channels == b.channels && a.value_range == b.value_range && a.mean == b.mean &&
         a.std == b.std && a.bgr == b.bgr;
}

bool HasColours(int channels) { return channels == 1 || channels == 3; }

// What the network reads -> colours in the order red, green, blue.
at::Tensor Colours(const at::Tensor& values, const Preprocessing& preprocessing) {
  at::Tensor colours = at::empty(values.sizes(), at::kFloat);
  for (int channel = 0; channel < preprocessing.channels; ++channel) {
    const ChannelScale scale(preprocessing, channel);
    const at::Tensor plane = values.select(1, channel).contiguous();
    at::Tensor to = colours.select(1, ColorOfChannel(preprocessing, channel));
    const float* from = plane.const_data_ptr<float>();
    float* const out = to.mutable_data_ptr<float>();
    for (int64_t i = 0; i < plane.numel(); ++i) out[i] = scale.ToUnit(from[i]);
  }
  return colours;
}

// The luma of ITU-R BT.601, or three times the same.
at::Tensor WithChannels(const at::Tensor& colours, int channels) {
  if (colours.size(1) == channels) return colours;
  if (channels == 3) return colours.expand({1, 3, -1, -1}).contiguous();
  return colours.select(1, 0)
      .mul(0.299)
      .add(colours.select(1, 1), 0.587)
      .add(colours.select(1, 2), 0.114)
      .unsqueeze(1);
}

at::Tensor Normalised(const at::Tensor& colours, const Preprocessing& to) {
  const at::Tensor all = WithChannels(colours, to.channels).contiguous();
  at::Tensor values = at::empty(all.sizes(), at::kFloat);
  NormalizeUnit(all.const_data_ptr<float>(), static_cast<size_t>(all.size(2) * all.size(3)), to,
                values.mutable_data_ptr<float>());
  return values;
}

at::Tensor Resized(const at::Tensor& values, int64_t height, int64_t width) {
  if (values.size(2) == height && values.size(3) == width) return values;
  if (values.size(2) > height || values.size(3) > width) {
    return at::_upsample_bilinear2d_aa(values, {height, width}, /*align_corners=*/false);
  }
  return at::upsample_bilinear2d(values, {height, width}, /*align_corners=*/false);
}

}  // namespace

absl::StatusOr<at::Tensor> TensorOf(const SourceImage& image, const Preprocessing& preprocessing) {
  const Preprocessing& own = image.preprocessing;
  const bool alike = ReadColoursAlike(own, preprocessing);
  const bool colours = HasColours(own.channels) && HasColours(preprocessing.channels);
  if (!alike && !colours && own.channels != preprocessing.channels) {
    return absl::InvalidArgumentError(absl::StrCat("input.visualization: the image has ",
                                                   own.channels, " channels and the network reads ",
                                                   preprocessing.channels));
  }
  return CallTorch([&] {
    const at::Tensor values =
        alike ? image.values : Normalised(Colours(image.values, own), preprocessing);
    return Resized(values, preprocessing.height, preprocessing.width).contiguous();
  });
}

}  // namespace deepvision
