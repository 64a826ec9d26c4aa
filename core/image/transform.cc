#include "core/image/transform.h"

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "core/image/opencv_status.h"

namespace deepvision {
namespace {

// Borrows the pixels.
cv::Mat AsMat(Bitmap* bitmap) {
  return cv::Mat(bitmap->height, bitmap->width, CV_8UC(bitmap->channels), bitmap->pixels.data());
}

// Writes a mirrored or turned `from` into `to`, whose sides have the right
// lengths already.
void Turn(const cv::Mat& from, int orientation, cv::Mat to) {
  switch (orientation) {
    case 2:
      return cv::flip(from, to, 1);
    case 3:
      return cv::rotate(from, to, cv::ROTATE_180);
    case 4:
      return cv::flip(from, to, 0);
    case 5:
      return cv::transpose(from, to);
    case 6:
      return cv::rotate(from, to, cv::ROTATE_90_CLOCKWISE);
    case 7:
      cv::transpose(from, to);
      return cv::flip(to, to, -1);
    default:
      return cv::rotate(from, to, cv::ROTATE_90_COUNTERCLOCKWISE);
  }
}

// The length of the other side, to the nearest pixel.
int ScaledSide(int side, int64_t longer, int64_t max_side) {
  return static_cast<int>(std::max<int64_t>(1, (side * max_side + longer / 2) / longer));
}

}  // namespace

absl::StatusOr<Bitmap> ApplyOrientation(Bitmap stored, int orientation) {
  if (orientation < 2 || orientation > 8) return stored;
  const bool sideways = orientation >= 5;
  Bitmap upright = MakeBitmap(sideways ? stored.height : stored.width,
                              sideways ? stored.width : stored.height, stored.channels);
  const absl::Status status =
      CallOpenCv([&] { Turn(AsMat(&stored), orientation, AsMat(&upright)); });
  if (!status.ok()) return status;
  return upright;
}

Bitmap ToGray(Bitmap picture) {
  if (picture.channels == 1) return picture;
  Bitmap gray = MakeBitmap(picture.width, picture.height, 1);
  const uint8_t* rgb = picture.pixels.data();
  for (uint8_t& value : gray.pixels) {
    value = static_cast<uint8_t>((19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2] + 32768) >> 16);
    rgb += picture.channels;
  }
  return gray;
}

Bitmap ToRgb(Bitmap picture) {
  if (picture.channels != 1) return picture;
  Bitmap rgb = MakeBitmap(picture.width, picture.height, 3);
  uint8_t* out = rgb.pixels.data();
  for (const uint8_t value : picture.pixels) {
    for (int c = 0; c < 3; ++c) *out++ = value;
  }
  return rgb;
}

absl::StatusOr<Bitmap> ReduceToSide(Bitmap picture, int max_side) {
  if (max_side < 0) return absl::InvalidArgumentError("max_side: must not be negative");
  const int longer = std::max(picture.width, picture.height);
  if (max_side == 0 || longer <= max_side) return picture;
  Bitmap reduced = MakeBitmap(ScaledSide(picture.width, longer, max_side),
                              ScaledSide(picture.height, longer, max_side), picture.channels);
  const absl::Status status = CallOpenCv([&] {
    cv::Mat to = AsMat(&reduced);
    cv::resize(AsMat(&picture), to, to.size(), 0, 0, cv::INTER_AREA);
  });
  if (!status.ok()) return status;
  return reduced;
}

}  // namespace deepvision
