#include "core/image/picture.h"

#include <vector>

#include "core/base/digest.h"
#include "core/image/decode.h"
#include "core/image/transform.h"
#include "tests/support/bitmaps.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

std::vector<uint8_t> Bytes(const HostBuffer& buffer) {
  return {buffer.data(), buffer.data() + buffer.size()};
}

Bitmap TwoPixels() { return Bitmap{1, 2, 3, {1, 2, 3, 4, 5, 6}}; }

TEST_CASE("RGB8 and RGBA8 hold the pixels in the asked row order", "[image][picture]") {
  const auto write = [](ImageEncoding encoding, RowOrder order) {
    const auto picture = EncodePicture(TwoPixels(), {0, encoding, order});
    REQUIRE_OK(picture);
    CHECK(picture->crc32 == Crc32(picture->bytes.data(), picture->bytes.size()));
    return Bytes(picture->bytes);
  };
  using Expected = std::vector<uint8_t>;
  CHECK(write(ImageEncoding::kRgb8, RowOrder::kTopDown) == Expected{1, 2, 3, 4, 5, 6});
  CHECK(write(ImageEncoding::kRgb8, RowOrder::kBottomUp) == Expected{4, 5, 6, 1, 2, 3});
  CHECK(write(ImageEncoding::kRgba8, RowOrder::kTopDown) == Expected{1, 2, 3, 255, 4, 5, 6, 255});
  CHECK(write(ImageEncoding::kRgba8, RowOrder::kBottomUp) == Expected{4, 5, 6, 255, 1, 2, 3, 255});
}

TEST_CASE("a gray bitmap becomes a colour triple", "[image][picture]") {
  const auto picture = EncodePicture(Bitmap{2, 1, 1, {7, 9}}, {0, ImageEncoding::kRgb8});
  REQUIRE_OK(picture);
  CHECK(Bytes(picture->bytes) == std::vector<uint8_t>{7, 7, 7, 9, 9, 9});
}

TEST_CASE("PNG keeps its own row order and its pixels", "[image][picture]") {
  const auto picture = EncodePicture(TwoPixels(), {0, ImageEncoding::kPng, RowOrder::kBottomUp});
  REQUIRE_OK(picture);
  const auto decoded = DecodeImage(picture->bytes.data(), picture->bytes.size());
  REQUIRE_OK(decoded);
  CHECK(MaxDifference(*decoded, TwoPixels()) == 0);
}

TEST_CASE("a thumbnail averages areas and remembers the full size", "[image][picture]") {
  Bitmap bitmap = MakeBitmap(8, 4, 3);
  for (size_t i = 0; i < bitmap.pixels.size(); ++i) {
    bitmap.pixels[i] = static_cast<uint8_t>(i / 3 % 2 == 0 ? 100 : 200);
  }
  const auto picture = EncodePicture(bitmap, {4, ImageEncoding::kRgb8});
  REQUIRE_OK(picture);
  CHECK(picture->width == 4);
  CHECK(picture->height == 2);
  CHECK(picture->full_width == 8);
  CHECK(picture->full_height == 4);
  CHECK(Bytes(picture->bytes) == std::vector<uint8_t>(24, 150));
}

TEST_CASE("max_side never enlarges, and never reduces a side to nothing", "[image][picture]") {
  const auto same = ReduceToSide(MakeBitmap(10, 5, 3), 10);
  REQUIRE_OK(same);
  CHECK(same->width == 10);
  const auto thin = ReduceToSide(MakeBitmap(1000, 2, 1), 10);
  REQUIRE_OK(thin);
  CHECK(thin->width == 10);
  CHECK(thin->height == 1);
  CHECK_STATUS(ReduceToSide(MakeBitmap(3, 3, 3), -1), absl::StatusCode::kInvalidArgument,
               "max_side");
}

TEST_CASE("each EXIF orientation is undone", "[image][transform]") {
  // A picture of 1 2 / 3 4 / 5 6, stored in the eight ways.
  const std::vector<std::vector<uint8_t>> stored = {
      {1, 2, 3, 4, 5, 6}, {2, 1, 4, 3, 6, 5}, {6, 5, 4, 3, 2, 1}, {5, 6, 3, 4, 1, 2},
      {1, 3, 5, 2, 4, 6}, {2, 4, 6, 1, 3, 5}, {6, 4, 2, 5, 3, 1}, {5, 3, 1, 6, 4, 2}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    CAPTURE(orientation);
    const bool sideways = orientation >= 5;
    const auto upright = ApplyOrientation(
        Bitmap{sideways ? 3 : 2, sideways ? 2 : 3, 1, stored[static_cast<size_t>(orientation - 1)]},
        orientation);
    REQUIRE_OK(upright);
    CHECK(upright->width == 2);
    CHECK(upright->pixels == std::vector<uint8_t>{1, 2, 3, 4, 5, 6});
  }
}

}  // namespace
}  // namespace deepvision
