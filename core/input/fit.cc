#include "core/input/fit.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/input/resample.h"

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
  Bitmap resized = Resample(std::move(picture), static_cast<int>(place.width),
                            static_cast<int>(place.height), to.interpolation);
  return Cut(std::move(resized), place, to);
}

}  // namespace deepvision
