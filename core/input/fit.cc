#include "core/input/fit.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/device/torch_status.h"

namespace deepvision {
namespace {

// Python's int(round(length / 2)): a half goes to the even neighbour.
int64_t HalfToEven(int64_t length) {
  const int64_t half = length / 2;
  return length % 2 == 0 ? half : half + half % 2;
}

// Where the middle `target` of `length` begins; negative for a shorter one.
int64_t CenterOffset(int64_t length, int64_t target) {
  return length < target ? -((target - length) / 2) : HalfToEven(length - target);
}

Placement CenterCrop(int64_t width, int64_t height, const Preprocessing& to) {
  const int64_t side =
      to.resize_shorter_side > 0 ? to.resize_shorter_side : std::max(to.width, to.height);
  const bool portrait = width <= height;
  Placement place;
  place.width = portrait ? side : side * width / height;
  place.height = portrait ? side * height / width : side;
  place.left = CenterOffset(place.width, to.width);
  place.top = CenterOffset(place.height, to.height);
  return place;
}

// Pillow computes in floating point and rounds halves to even.
int64_t PillowSide(int64_t side, int64_t other, int64_t target) {
  const double ratio = static_cast<double>(side) / static_cast<double>(other);
  return std::max<int64_t>(1, std::llrint(ratio * static_cast<double>(target)));
}

Placement Letterbox(int64_t width, int64_t height, const Preprocessing& to) {
  Placement place{to.width, to.height, 0, 0};
  const int64_t flatness = width * to.height - height * to.width;
  if (flatness > 0)
    place.height = std::min<int64_t>(to.height, PillowSide(height, width, to.width));
  if (flatness < 0) place.width = std::min<int64_t>(to.width, PillowSide(width, height, to.height));
  place.left = -HalfToEven(to.width - place.width);
  place.top = -HalfToEven(to.height - place.height);
  return place;
}

at::Tensor Upsample(const at::Tensor& picture, at::IntArrayRef size, Interpolation interpolation) {
  return interpolation == Interpolation::kBicubic
             ? at::_upsample_bicubic2d_aa(picture, size, /*align_corners=*/false)
             : at::_upsample_bilinear2d_aa(picture, size, /*align_corners=*/false);
}

// The rows of a bitmap are a [1, channels, height, width] tensor in channels-last
// order, which the kernel reads without a copy.
absl::StatusOr<Bitmap> Resize(Bitmap picture, int64_t width, int64_t height,
                              Interpolation interpolation) {
  if (picture.width == width && picture.height == height) return picture;
  return CallTorch([&] {
    const c10::InferenceMode no_gradients;
    const int64_t channels = picture.channels;
    const int64_t row = picture.width * channels;
    const at::Tensor pixels =
        at::from_blob(picture.pixels.data(), {1, channels, picture.height, picture.width},
                      {row * picture.height, 1, row, channels}, at::kByte);
    const at::Tensor resized =
        Upsample(pixels, {height, width}, interpolation).contiguous(at::MemoryFormat::ChannelsLast);
    Bitmap result = MakeBitmap(static_cast<int>(width), static_cast<int>(height), picture.channels);
    std::memcpy(result.pixels.data(), resized.const_data_ptr<uint8_t>(), result.pixels.size());
    return result;
  });
}

// The part of `picture` that the target shows, on black.
Bitmap Cut(Bitmap picture, const Placement& place, const Preprocessing& to) {
  if (place.left == 0 && place.top == 0 && place.width == to.width && place.height == to.height) {
    return picture;
  }
  Bitmap target = MakeBitmap(to.width, to.height, picture.channels);
  const int64_t channels = picture.channels;
  const int64_t first = std::max<int64_t>(0, -place.left);
  const int64_t end = std::min<int64_t>(to.width, place.width - place.left);
  const int64_t last_row = std::min<int64_t>(to.height, place.height - place.top);
  for (int64_t y = std::max<int64_t>(0, -place.top); y < last_row; ++y) {
    const uint8_t* from = picture.Row(static_cast<int>(y + place.top));
    std::memcpy(target.Row(static_cast<int>(y)) + first * channels,
                from + (first + place.left) * channels,
                static_cast<size_t>((end - first) * channels));
  }
  return target;
}

}  // namespace

Placement PlacePicture(int width, int height, const Preprocessing& to) {
  switch (to.resize) {
    case ResizePolicy::kStretch:
      return {to.width, to.height, 0, 0};
    case ResizePolicy::kLetterbox:
      return Letterbox(width, height, to);
    case ResizePolicy::kCenterCrop:
      break;
  }
  return CenterCrop(width, height, to);
}

absl::StatusOr<Bitmap> FitPicture(Bitmap picture, const Preprocessing& to, int64_t max_pixels) {
  const Placement place = PlacePicture(picture.width, picture.height, to);
  if (place.height > max_pixels / place.width) {
    return absl::InvalidArgumentError(
        absl::StrCat("a picture of ", picture.width, " x ", picture.height,
                     " pixels is too long: resized for this network it would have ", place.width,
                     " x ", place.height, "; send a part of it"));
  }
  DV_ASSIGN_OR_RETURN(Bitmap resized,
                      Resize(std::move(picture), place.width, place.height, to.interpolation));
  return Cut(std::move(resized), place, to);
}

}  // namespace deepvision
