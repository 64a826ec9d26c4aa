#include "core/input/show_input.h"

#include <cmath>
#include <cstring>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/status_macros.h"
#include "core/dataset/noise.h"
#include "core/device/torch_status.h"
#include "core/input/load_picture.h"
#include "core/input/normalize.h"

namespace deepvision {
namespace {

constexpr int kBlack = -1;

// NaN compares false with everything.
uint8_t ToByte(float colour) {
  const float level = colour * 255.0F;
  if (!(level > 0)) return 0;
  return level < 255 ? static_cast<uint8_t>(std::lrintf(level)) : 255;
}

// Which channel of the network is shown as red, green, blue (or as gray).
std::vector<int> ShownChannels(const Preprocessing& preprocessing) {
  if (preprocessing.channels == 1) return {0};
  std::vector<int> shown = preprocessing.display_channels;
  if (preprocessing.channels == 3 || shown.empty()) {
    shown = {0, 1, 2};
    for (int& channel : shown) channel = ColorOfChannel(preprocessing, channel);
  }
  shown.resize(3, kBlack);
  for (int& channel : shown) channel = channel < preprocessing.channels ? channel : kBlack;
  return shown;
}

absl::Status CheckTensor(const at::Tensor& tensor, const Preprocessing& preprocessing) {
  const bool shape_fits = (tensor.dim() == 3 || (tensor.dim() == 4 && tensor.size(0) == 1)) &&
                          tensor.size(-3) == preprocessing.channels && tensor.numel() > 0;
  if (shape_fits && tensor.scalar_type() == at::kFloat && tensor.device().is_cpu()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "a picture is made of a float32 tensor [channels, height, width]");
}

Bitmap Denormalize(const at::Tensor& contiguous, const Preprocessing& preprocessing) {
  const std::vector<int> shown = ShownChannels(preprocessing);
  Bitmap bitmap = MakeBitmap(static_cast<int>(contiguous.size(-1)),
                             static_cast<int>(contiguous.size(-2)), static_cast<int>(shown.size()));
  const size_t plane = bitmap.pixels.size() / shown.size();
  for (size_t color = 0; color < shown.size(); ++color) {
    if (shown[color] == kBlack) continue;
    const ChannelScale scale(preprocessing, shown[color]);
    const float* numbers =
        contiguous.const_data_ptr<float>() + static_cast<size_t>(shown[color]) * plane;
    for (size_t i = 0; i < plane; ++i) {
      bitmap.pixels[i * shown.size() + color] = ToByte(scale.ToUnit(numbers[i]));
    }
  }
  return bitmap;
}

absl::StatusOr<Bitmap> PictureOfNoise(const NoiseRef& ref) {
  const auto generator = FindNoiseGenerator(ref.generator);
  if (!generator.ok()) return InField("input.noise", generator.status());
  const NoiseGeneratorInfo& info = (*generator)->info;
  const bool unit = (*generator)->space == TensorSpace::kUnit;
  const size_t plane = static_cast<size_t>(info.width) * static_cast<size_t>(info.height);
  std::vector<float> numbers(3 * plane);
  (*generator)->fill(ref.seed, numbers.data(), numbers.size());
  Bitmap bitmap = MakeBitmap(info.width, info.height, 3);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const float colour = unit ? numbers[i] : 0.5F + 0.25F * numbers[i];
    bitmap.pixels[i % plane * 3 + i / plane] = ToByte(colour);
  }
  return bitmap;
}

// As the image is shown: its channels are colours already.
absl::StatusOr<Bitmap> PictureOfColours(const SourceImage& image) {
  Preprocessing shown;
  shown.channels = static_cast<int>(image.display.size(1));
  return MakePicture(image.display, shown);
}

// Planes of `height` rows of floats.
HostBuffer FlipRows(const HostBuffer& planes, int64_t height, int64_t width) {
  const size_t row_bytes = static_cast<size_t>(width) * sizeof(float);
  const int64_t rows = static_cast<int64_t>(planes.size() / row_bytes);
  std::vector<uint8_t> flipped(planes.size());
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t mirrored = row / height * height + (height - 1 - row % height);
    std::memcpy(flipped.data() + static_cast<size_t>(row) * row_bytes,
                planes.data() + static_cast<size_t>(mirrored) * row_bytes, row_bytes);
  }
  return HostBuffer(std::move(flipped));
}

struct PictureMaker {
  const DatasetRegistry& datasets;
  const InputLimits& limits;
  const TensorSource* visualizations;  // null: none

  absl::StatusOr<Bitmap> operator()(const DatasetImageRef& ref) const {
    return LoadPicture(ref, datasets, limits);
  }
  absl::StatusOr<Bitmap> operator()(const NoiseRef& ref) const { return PictureOfNoise(ref); }
  absl::StatusOr<Bitmap> operator()(const EncodedImage& image) const {
    return LoadPicture(image, limits);
  }
  absl::StatusOr<Bitmap> operator()(const Pixels& pixels) const {
    return LoadPicture(pixels, limits);
  }
  absl::StatusOr<Bitmap> operator()(std::monostate) const { return NoInput(); }
  absl::StatusOr<Bitmap> operator()(const InputByDigest& named) const {
    return InputExpired(named.digest);
  }
  absl::StatusOr<Bitmap> operator()(const VisualizationRef& ref) const {
    if (visualizations == nullptr) return NoSuchVisualization(ref);
    DV_ASSIGN_OR_RETURN(const SourceImage image, visualizations->Find(ref));
    return PictureOfColours(image);
  }
  template <typename NetworkInput>
  absl::StatusOr<Bitmap> operator()(const NetworkInput&) const {
    return absl::InvalidArgumentError(
        "network: required to show a tensor, zeros or black as a picture");
  }
};

}  // namespace

absl::StatusOr<Bitmap> MakePicture(const at::Tensor& tensor, const Preprocessing& preprocessing) {
  DV_RETURN_IF_ERROR(CheckTensor(tensor, preprocessing));
  return CallTorch([&] { return Denormalize(tensor.contiguous(), preprocessing); });
}

absl::StatusOr<Bitmap> PictureOfInput(const Input& input, const DatasetRegistry& datasets,
                                      const InputLimits& limits,
                                      const TensorSource* visualizations) {
  return std::visit(PictureMaker{datasets, limits, visualizations}, input);
}

absl::StatusOr<HostBuffer> TensorBytes(const at::Tensor& tensor, RowOrder order) {
  return CallTorch([&] {
    const auto owner = std::make_shared<const at::Tensor>(tensor.contiguous());
    const HostBuffer top_down(owner->const_data_ptr<float>(), owner->nbytes(), owner);
    return order == RowOrder::kBottomUp ? FlipRows(top_down, tensor.size(-2), tensor.size(-1))
                                        : top_down;
  });
}

}  // namespace deepvision
