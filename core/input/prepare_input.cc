#include "core/input/prepare_input.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/dataset/noise.h"
#include "core/device/torch_status.h"
#include "core/image/transform.h"
#include "core/input/fit.h"
#include "core/input/input_digest.h"
#include "core/input/load_picture.h"
#include "core/input/normalize.h"
#include "core/input/source_tensor.h"

namespace deepvision {
namespace {

absl::StatusOr<at::Tensor> NewTensor(int64_t channels, int64_t height, int64_t width) {
  return CallTorch([&] { return at::empty({1, channels, height, width}, at::kFloat); });
}

absl::Status CheckPreprocessing(const Preprocessing& preprocessing, const InputLimits& limits) {
  const auto fits = [&](const std::vector<float>& values) {
    return values.empty() || std::ssize(values) == preprocessing.channels;
  };
  if (preprocessing.channels < 1 || preprocessing.height < 1 || preprocessing.width < 1) {
    return absl::FailedPreconditionError(
        "the network's input size is not known; its manifest must say channels, height and width");
  }
  if (preprocessing.height > limits.max_side || preprocessing.width > limits.max_side ||
      preprocessing.resize_shorter_side > limits.max_side || !fits(preprocessing.mean) ||
      !fits(preprocessing.std)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the network's preprocessing is not valid: sides are at most ",
                     limits.max_side, ", mean and std have one number per channel"));
  }
  return absl::OkStatus();
}

// Makes the tensor of each member.
class Preparer {
 public:
  Preparer(const Preprocessing& preprocessing, const DatasetRegistry& datasets,
           const InputLimits& limits, const TensorSource* visualizations)
      : preprocessing_(preprocessing),
        datasets_(datasets),
        limits_(limits),
        visualizations_(visualizations) {}

  absl::StatusOr<at::Tensor> operator()(std::monostate) const { return NoInput(); }
  absl::StatusOr<at::Tensor> operator()(const DatasetImageRef& ref) const {
    DV_RETURN_IF_ERROR(CheckTakesPictures("input.dataset_image"));
    DV_ASSIGN_OR_RETURN(Bitmap picture, LoadPicture(ref, datasets_, limits_));
    return FromPicture(std::move(picture));
  }
  absl::StatusOr<at::Tensor> operator()(const EncodedImage& image) const {
    DV_RETURN_IF_ERROR(CheckTakesPictures("input.encoded_image"));
    DV_ASSIGN_OR_RETURN(Bitmap picture, LoadPicture(image, limits_));
    return FromPicture(std::move(picture));
  }
  absl::StatusOr<at::Tensor> operator()(const Pixels& pixels) const {
    DV_RETURN_IF_ERROR(CheckTakesPictures("input.pixels"));
    DV_ASSIGN_OR_RETURN(Bitmap picture, LoadPicture(pixels, limits_));
    return FromPicture(std::move(picture));
  }
  absl::StatusOr<at::Tensor> operator()(const InputTensor& input) const;
  absl::StatusOr<at::Tensor> operator()(const NoiseRef& ref) const;
  absl::StatusOr<at::Tensor> operator()(ZerosInput) const { return Constant(nullptr); }
  absl::StatusOr<at::Tensor> operator()(BlackInput) const {
    return Constant([](const ChannelScale& scale) { return scale.FromByte(0); });
  }
  absl::StatusOr<at::Tensor> operator()(const InputByDigest& named) const {
    return InputExpired(named.digest);
  }
  absl::StatusOr<at::Tensor> operator()(const VisualizationRef& ref) const {
    if (visualizations_ == nullptr) return NoSuchVisualization(ref);
    DV_ASSIGN_OR_RETURN(const SourceImage image, visualizations_->Find(ref));
    return TensorOf(image, preprocessing_);
  }

 private:
  absl::Status CheckTakesPictures(absl::string_view field) const;
  absl::Status CheckShape(const InputTensor& input) const;
  absl::StatusOr<at::Tensor> NewInput() const {
    return NewTensor(preprocessing_.channels, preprocessing_.height, preprocessing_.width);
  }
  size_t Plane() const {
    return static_cast<size_t>(preprocessing_.height) * static_cast<size_t>(preprocessing_.width);
  }
  absl::StatusOr<at::Tensor> FromPicture(Bitmap picture) const;
  absl::StatusOr<at::Tensor> FromUnit(const float* colours, int64_t height, int64_t width) const;
  // Each channel filled with one number; zeros for a null function.
  absl::StatusOr<at::Tensor> Constant(float (*number)(const ChannelScale&)) const;

  const Preprocessing& preprocessing_;
  const DatasetRegistry& datasets_;
  const InputLimits& limits_;
  const TensorSource* const visualizations_;  // null: none
};

absl::Status Preparer::CheckTakesPictures(absl::string_view field) const {
  if (preprocessing_.channels == 1 || preprocessing_.channels == 3) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": the network reads ", preprocessing_.channels,
                   " channels and a picture has 3; send a tensor of shape [",
                   preprocessing_.channels, ", height, width]"));
}

absl::StatusOr<at::Tensor> Preparer::FromPicture(Bitmap picture) const {
  picture = preprocessing_.channels == 1 ? ToGray(std::move(picture)) : ToRgb(std::move(picture));
  DV_ASSIGN_OR_RETURN(const Bitmap fitted,
                      FitPicture(std::move(picture), preprocessing_, limits_.max_pixels));
  DV_ASSIGN_OR_RETURN(at::Tensor tensor, NewInput());
  NormalizePicture(fitted, preprocessing_, tensor.mutable_data_ptr<float>());
  return tensor;
}

absl::Status Preparer::CheckShape(const InputTensor& input) const {
  const Shape& shape = input.shape;
  const std::string wanted = limits_.fixed_size
                                 ? absl::StrCat(preprocessing_.height, ", ", preprocessing_.width)
                                 : "height, width";
  const auto side_fits = [&](int64_t side, int own) {
    return limits_.fixed_size ? side == own : side >= 1 && side <= limits_.max_side;
  };
  if (shape.size() == 3 && shape[0] == preprocessing_.channels &&
      side_fits(shape[1], preprocessing_.height) && side_fits(shape[2], preprocessing_.width)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "input.tensor: the shape must be [", preprocessing_.channels, ", ", wanted,
      "] with sides of 1 to ", limits_.max_side, ", not [", absl::StrJoin(shape, ", "), "]"));
}

absl::StatusOr<at::Tensor> Preparer::operator()(const InputTensor& input) const {
  DV_RETURN_IF_ERROR(CheckShape(input));
  const int64_t height = input.shape[1];
  const int64_t width = input.shape[2];
  // At most 2^31 * 2^28: no overflow.
  const auto expected =
      static_cast<uint64_t>(preprocessing_.channels) * static_cast<uint64_t>(height * width) * 4;
  if (input.bytes.size() != expected) {
    return absl::InvalidArgumentError(
        absl::StrCat("input.tensor: data must have 4 * channels * height * width = ", expected,
                     " bytes of float32, not ", input.bytes.size()));
  }
  DV_ASSIGN_OR_RETURN(at::Tensor tensor, NewTensor(preprocessing_.channels, height, width));
  // The bytes of a message need not be aligned.
  std::memcpy(tensor.mutable_data_ptr<float>(), input.bytes.data(), expected);
  if (input.space == TensorSpace::kNetwork) return tensor;
  return FromUnit(tensor.const_data_ptr<float>(), height, width);
}

absl::StatusOr<at::Tensor> Preparer::FromUnit(const float* colours, int64_t height,
                                              int64_t width) const {
  DV_ASSIGN_OR_RETURN(at::Tensor tensor, NewTensor(preprocessing_.channels, height, width));
  NormalizeUnit(colours, static_cast<size_t>(height * width), preprocessing_,
                tensor.mutable_data_ptr<float>());
  return tensor;
}

absl::StatusOr<at::Tensor> Preparer::operator()(const NoiseRef& ref) const {
  const auto generator = FindNoiseGenerator(ref.generator);
  if (!generator.ok()) return InField("input.noise", generator.status());
  DV_ASSIGN_OR_RETURN(at::Tensor tensor, NewInput());
  (*generator)
      ->fill(ref.seed, tensor.mutable_data_ptr<float>(), static_cast<size_t>(tensor.numel()));
  if ((*generator)->space == TensorSpace::kNetwork) return tensor;
  return FromUnit(tensor.const_data_ptr<float>(), preprocessing_.height, preprocessing_.width);
}

absl::StatusOr<at::Tensor> Preparer::Constant(float (*number)(const ChannelScale&)) const {
  DV_ASSIGN_OR_RETURN(at::Tensor tensor, NewInput());
  float* out = tensor.mutable_data_ptr<float>();
  for (int channel = 0; channel < preprocessing_.channels; ++channel) {
    const float value = number == nullptr ? 0 : number(ChannelScale(preprocessing_, channel));
    out = std::fill_n(out, Plane(), value);
  }
  return tensor;
}

}  // namespace

absl::StatusOr<at::Tensor> PrepareTensor(const Input& input, const Preprocessing& preprocessing,
                                         const DatasetRegistry& datasets, const InputLimits& limits,
                                         const TensorSource* visualizations) {
  DV_RETURN_IF_ERROR(CheckPreprocessing(preprocessing, limits));
  return std::visit(Preparer(preprocessing, datasets, limits, visualizations), input);
}

absl::StatusOr<PreparedInput> PrepareInput(const Input& input, const Preprocessing& preprocessing,
                                           const DatasetRegistry& datasets,
                                           const InputLimits& limits,
                                           const TensorSource* visualizations) {
  PreparedInput prepared;
  DV_ASSIGN_OR_RETURN(prepared.tensor,
                      PrepareTensor(input, preprocessing, datasets, limits, visualizations));
  prepared.digest = InputDigest(input);
  return prepared;
}

}  // namespace deepvision
