// OpenCV reads back what the encoders wrote: it shares no code with them.
#include "core/image/encode.h"

#include <algorithm>
#include <cstdlib>
#include <opencv2/imgcodecs.hpp>
#include <utility>

#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

cv::Mat Decode(const HostBuffer& file) {
  const cv::Mat bytes(1, static_cast<int>(file.size()), CV_8U, const_cast<uint8_t*>(file.data()));
  return cv::imdecode(bytes, cv::IMREAD_UNCHANGED);
}

// Smooth with a little structure; `noise` makes it incompressible.
Bitmap TestPicture(int width, int height, int channels, bool noise = false) {
  Bitmap bitmap = MakeBitmap(width, height, channels);
  uint32_t state = 1;
  for (size_t i = 0; i < bitmap.pixels.size(); ++i) {
    state = state * 1664525U + 1013904223U;
    const size_t x = i / static_cast<size_t>(channels) % static_cast<size_t>(width);
    const size_t y = i / bitmap.View().RowBytes();
    bitmap.pixels[i] = static_cast<uint8_t>(noise ? state >> 24 : (x + 2 * y + i % 3 * 40) % 256);
  }
  return bitmap;
}

// OpenCV's order is blue, green, red.
uint8_t OpenCvValue(const cv::Mat& picture, int x, int y, int channel) {
  const int stored = picture.channels() == 1 || channel == 3 ? channel : 2 - channel;
  return picture.ptr<uint8_t>(y)[x * picture.channels() + stored];
}

int MaxDifference(const BitmapView& expected, const cv::Mat& actual) {
  int difference = 0;
  for (int y = 0; y < expected.height; ++y) {
    for (int x = 0; x < expected.width; ++x) {
      for (int c = 0; c < expected.channels; ++c) {
        const int value = expected.Row(y)[x * expected.channels + c];
        difference = std::max(difference, std::abs(value - OpenCvValue(actual, x, y, c)));
      }
    }
  }
  return difference;
}

void RequireSameSize(const BitmapView& expected, const cv::Mat& actual) {
  REQUIRE(actual.cols == expected.width);
  REQUIRE(actual.rows == expected.height);
  REQUIRE(actual.channels() == expected.channels);
  REQUIRE(actual.depth() == CV_8U);
}

TEST_CASE("a PNG holds exactly the pixels it was made of", "[image][encode]") {
  const auto [width, height] =
      GENERATE(std::pair(1, 1), std::pair(7, 5), std::pair(14, 14), std::pair(301, 200));
  const int channels = GENERATE(1, 3, 4);
  const bool noise = GENERATE(false, true);
  CAPTURE(width, height, channels, noise);
  const Bitmap bitmap = TestPicture(width, height, channels, noise);
  const auto png = EncodePng(bitmap.View());
  REQUIRE_OK(png);
  const cv::Mat decoded = Decode(*png);
  RequireSameSize(bitmap.View(), decoded);
  CHECK(MaxDifference(bitmap.View(), decoded) == 0);
}

TEST_CASE("a PNG of a part of a picture skips the bytes between its rows", "[image][encode]") {
  const Bitmap bitmap = TestPicture(40, 30, 3);
  BitmapView part = bitmap.View();
  part.data += 5 * 3 + 4 * part.stride_bytes;
  part.width = 20;
  part.height = 10;
  const auto png = EncodePng(part);
  REQUIRE_OK(png);
  CHECK(MaxDifference(part, Decode(*png)) == 0);
}

TEST_CASE("a PNG of a smooth picture is smaller than its pixels", "[image][encode]") {
  const Bitmap bitmap = TestPicture(300, 200, 3);
  const auto png = EncodePng(bitmap.View());
  REQUIRE_OK(png);
  CHECK(png->size() * 10 < bitmap.pixels.size());
}

TEST_CASE("a JPEG shows the picture it was made of", "[image][encode]") {
  const int channels = GENERATE(1, 3);
  CAPTURE(channels);
  Bitmap bitmap = MakeBitmap(64, 48, channels);
  for (size_t i = 0; i < bitmap.pixels.size(); ++i) {
    bitmap.pixels[i] = static_cast<uint8_t>(i / bitmap.View().RowBytes() * 4);
  }
  const auto jpeg = EncodeJpeg(bitmap.View(), 95);
  REQUIRE_OK(jpeg);
  const cv::Mat decoded = Decode(*jpeg);
  RequireSameSize(bitmap.View(), decoded);
  CHECK(MaxDifference(bitmap.View(), decoded) <= 4);
}

TEST_CASE("pictures that a format cannot hold are refused", "[image][encode]") {
  const Bitmap two = MakeBitmap(4, 4, 2);
  CHECK_STATUS(EncodePng(two.View()), absl::StatusCode::kInvalidArgument, "1, 3 or 4 channels");
  const Bitmap four = MakeBitmap(4, 4, 4);
  CHECK_STATUS(EncodeJpeg(four.View()), absl::StatusCode::kInvalidArgument, "1 or 3 channels");
  CHECK_STATUS(EncodePng(BitmapView()), absl::StatusCode::kInvalidArgument, "0 x 0");
  CHECK_STATUS(EncodeJpeg(two.View(), 0), absl::StatusCode::kInvalidArgument, "channels");
  BitmapView short_rows = four.View();
  short_rows.stride_bytes = 3;
  CHECK_STATUS(EncodePng(short_rows), absl::StatusCode::kInvalidArgument, "cannot be written");
}

}  // namespace
}  // namespace deepvision
