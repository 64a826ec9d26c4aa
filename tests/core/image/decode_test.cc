// Expected pixels come from Pillow or from the definition of the picture, see
// tests/data/make_images.py.
#include "core/image/decode.h"

#include <string>
#include <vector>

#include "core/api/error.h"
#include "core/base/digest.h"
#include "tests/support/bitmaps.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_data.h"

namespace deepvision {
namespace {

absl::StatusOr<Bitmap> Decode(const std::vector<uint8_t>& file, const DecodeLimits& limits = {}) {
  // A copy of exactly the right size: address sanitizer sees each byte too far.
  const std::vector<uint8_t> exact(file.begin(), file.end());
  return DecodeImage(exact.data(), exact.size(), limits);
}

std::vector<uint8_t> Picture(const std::string& name) {
  std::vector<uint8_t> file = ReadTestFile("images/" + name);
  INFO(name);
  REQUIRE(!file.empty());
  return file;
}

TEST_CASE("every kind of PNG gives the pixels that Pillow reads", "[image][decode]") {
  const std::string name =
      GENERATE("rgb.png", "rgba.png", "gray.png", "gray_alpha.png", "black_white.png",
               "palette.png", "palette_transparent.png", "orientation6.png", "animated.png",
               "rgb16.png", "gray16.png", "gray2.png", "gray4.png", "interlaced.png",
               "key_colour.png", "gamma.png", "late_orientation3.png", "pixel.png");
  CAPTURE(name);
  const auto bitmap = Decode(Picture(name));
  REQUIRE_OK(bitmap);
  CHECK(MaxDifference(*bitmap, ReadPnm("images/" + name + ".ppm")) == 0);
}

// The same algorithms, but other versions of the libraries than Pillow's.
TEST_CASE("every kind of JPEG gives the pixels that Pillow reads", "[image][decode]") {
  const std::string name = GENERATE(
      "subsampled.jpg", "full.jpg", "gray.jpg", "progressive.jpg", "restarts.jpg", "cmyk.jpg",
      "ycck.jpg", "orientation1.jpg", "orientation2.jpg", "orientation3.jpg", "orientation4.jpg",
      "orientation5.jpg", "orientation6.jpg", "orientation7.jpg", "orientation8.jpg");
  CAPTURE(name);
  const auto bitmap = Decode(Picture(name));
  REQUIRE_OK(bitmap);
  CHECK(MaxDifference(*bitmap, ReadPnm("images/" + name + ".ppm")) <= 1);
}

TEST_CASE("every kind of WebP gives the pixels that Pillow reads", "[image][decode]") {
  const std::string name =
      GENERATE("lossless.webp", "alpha.webp", "animated.webp", "orientation8.webp", "lossy.webp");
  CAPTURE(name);
  const auto bitmap = Decode(Picture(name));
  REQUIRE_OK(bitmap);
  const int tolerance = name == "lossy.webp" ? 1 : 0;
  CHECK(MaxDifference(*bitmap, ReadPnm("images/" + name + ".ppm")) <= tolerance);
}

TEST_CASE("gray is the luma of the colours", "[image][decode]") {
  const std::vector<uint8_t> file = Picture("rgb.png");
  const auto gray = DecodeImage(file.data(), file.size(), {}, ColorMode::kGray);
  REQUIRE_OK(gray);
  const Bitmap rgb = ReadPnm("images/rgb.png.ppm");
  REQUIRE(gray->channels == 1);
  for (size_t i = 0; i < gray->pixels.size(); ++i) {
    const uint8_t* pixel = &rgb.pixels[3 * i];
    const double luma = 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
    REQUIRE(gray->pixels[i] == Approx(luma).margin(0.51));
  }
}

TEST_CASE("a file that is cut off anywhere is refused, not half drawn", "[image][decode]") {
  const std::string name =
      GENERATE("rgb.png", "interlaced.png", "palette.png", "subsampled.jpg", "progressive.jpg",
               "cmyk.jpg", "lossy.webp", "lossless.webp", "animated.webp");
  CAPTURE(name);
  const std::vector<uint8_t> file = Picture(name);
  for (size_t size = 0; size < file.size() - 1; ++size) {
    CAPTURE(size);
    const auto bitmap = Decode({file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)});
    REQUIRE(bitmap.status().code() == absl::StatusCode::kInvalidArgument);
  }
}

TEST_CASE("a damaged byte gives a picture or an error, but no crash", "[image][decode]") {
  const std::string name =
      GENERATE("rgb.png", "interlaced.png", "palette.png", "animated.png", "orientation6.png",
               "subsampled.jpg", "progressive.jpg", "cmyk.jpg", "orientation6.jpg", "lossy.webp",
               "lossless.webp", "alpha.webp", "animated.webp", "orientation8.webp");
  const std::vector<uint8_t> file = Picture(name);
  int refused = 0;
  for (size_t at = 0; at < file.size(); ++at) {
    for (const uint8_t flip : {0x01, 0x80, 0xFF}) {
      std::vector<uint8_t> damaged = file;
      damaged[at] ^= flip;
      const auto bitmap = Decode(damaged, DecodeLimits{1 << 20});
      refused += bitmap.ok() ? 0 : 1;
    }
  }
  CHECK(refused > 0);
}

TEST_CASE("an unknown format is named and the right ones are too", "[image][decode]") {
  const auto decode = [](const std::string& text) {
    return DecodeImage(text.data(), text.size(), {}).status();
  };
  CHECK_STATUS(decode("GIF89a\x01\x02"), absl::StatusCode::kInvalidArgument,
               "looks like GIF; send PNG, JPEG or WebP");
  CHECK_STATUS(decode(std::string("\0\0\0\x18"
                                  "ftypheic",
                                  12)),
               absl::StatusCode::kInvalidArgument, "looks like HEIC");
  CHECK_STATUS(decode("hello"), absl::StatusCode::kInvalidArgument, "unknown format");
  CHECK_STATUS(decode(""), absl::StatusCode::kInvalidArgument, "no bytes");
  CHECK(GetErrorDetails(decode("")).reason == "IMAGE_UNREADABLE");
}

void StoreBigEndian(uint32_t value, uint8_t* out) {
  for (int i = 0; i < 4; ++i) out[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

TEST_CASE("a PNG that declares too many pixels is refused before its data are read",
          "[image][decode]") {
  std::vector<uint8_t> file = Picture("rgb.png");
  StoreBigEndian(60000, &file[16]);
  StoreBigEndian(60000, &file[20]);
  StoreBigEndian(Crc32(&file[12], 17), &file[29]);
  const absl::Status status = Decode(file).status();
  CHECK_STATUS(status, absl::StatusCode::kResourceExhausted, "60000 x 60000");
  CHECK(GetErrorDetails(status).reason == "IMAGE_TOO_LARGE");
}

TEST_CASE("the limit counts pixels: the last allowed one is decoded", "[image][decode]") {
  const std::string name = GENERATE("rgb.png", "full.jpg", "lossless.webp", "animated.webp");
  CAPTURE(name);
  CHECK(Decode(Picture(name), DecodeLimits{23 * 17}).ok());
  CHECK_STATUS(Decode(Picture(name), DecodeLimits{23 * 17 - 1}),
               absl::StatusCode::kResourceExhausted, "23 x 17");
}

}  // namespace
}  // namespace deepvision
