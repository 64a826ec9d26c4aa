// References are torchvision's transforms on Pillow images, see
// tests/data/make_preprocessing_references.py.
#include "core/input/fit.h"

#include <string>
#include <tuple>
#include <vector>

#include "core/image/decode.h"
#include "core/image/transform.h"
#include "tests/support/bitmaps.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_data.h"

namespace deepvision {
namespace {

constexpr int64_t kMaxPixels = int64_t{1} << 26;
constexpr auto kCrop = ResizePolicy::kCenterCrop;
constexpr auto kStretch = ResizePolicy::kStretch;
constexpr auto kLetterbox = ResizePolicy::kLetterbox;
constexpr auto kBilinear = Interpolation::kBilinear;
constexpr auto kBicubic = Interpolation::kBicubic;

Preprocessing To(int channels, int height, int width, ResizePolicy policy, int shorter_side,
                 Interpolation interpolation) {
  Preprocessing to;
  to.channels = channels;
  to.height = height;
  to.width = width;
  to.resize = policy;
  to.resize_shorter_side = shorter_side;
  to.interpolation = interpolation;
  return to;
}

Bitmap Source(const std::string& name) {
  const std::vector<uint8_t> file = ReadTestFile("preprocessing/" + name + ".png");
  auto bitmap = DecodeImage(file.data(), file.size());
  REQUIRE_OK(bitmap);
  return *std::move(bitmap);
}

Bitmap Fit(Bitmap picture, const Preprocessing& to) {
  auto fitted = FitPicture(std::move(picture), to, kMaxPixels);
  REQUIRE_OK(fitted);
  return *std::move(fitted);
}

TEST_CASE("a fitted picture is torchvision's, bit for bit", "[input][fit]") {
  using Case = std::tuple<std::string, std::string, Preprocessing>;
  const auto& [name, source, to] =
      GENERATE(Case{"landscape_crop", "landscape", To(3, 32, 32, kCrop, 36, kBilinear)},
               Case{"landscape_crop_odd37", "landscape", To(3, 32, 32, kCrop, 37, kBilinear)},
               Case{"landscape_crop_odd39", "landscape", To(3, 32, 32, kCrop, 39, kBilinear)},
               Case{"landscape_crop_bicubic", "landscape", To(3, 21, 33, kCrop, 40, kBicubic)},
               Case{"landscape_padded", "landscape", To(3, 31, 32, kCrop, 16, kBilinear)},
               Case{"landscape_half_padded", "landscape", To(3, 32, 24, kCrop, 25, kBilinear)},
               Case{"portrait_crop", "portrait", To(3, 32, 32, kCrop, 0, kBilinear)},
               Case{"large_crop", "large", To(3, 32, 32, kCrop, 36, kBilinear)},
               Case{"large_crop_bicubic", "large", To(3, 32, 32, kCrop, 36, kBicubic)},
               Case{"tiny_crop", "tiny", To(3, 32, 32, kCrop, 0, kBilinear)},
               Case{"tiny_crop_bicubic", "tiny", To(3, 32, 32, kCrop, 0, kBicubic)},
               Case{"line_crop", "line", To(3, 8, 20, kCrop, 8, kBilinear)},
               Case{"noise_crop", "noise", To(3, 24, 24, kCrop, 24, kBilinear)},
               Case{"noise_crop_bicubic", "noise", To(3, 32, 32, kCrop, 33, kBicubic)},
               Case{"landscape_stretch", "landscape", To(3, 40, 24, kStretch, 0, kBilinear)},
               Case{"portrait_stretch_bicubic", "portrait", To(3, 20, 50, kStretch, 0, kBicubic)},
               Case{"noise_stretch_width", "noise", To(3, 40, 31, kStretch, 0, kBilinear)},
               Case{"landscape_letterbox", "landscape", To(3, 32, 32, kLetterbox, 0, kBilinear)},
               Case{"portrait_letterbox", "portrait", To(3, 33, 48, kLetterbox, 0, kBicubic)},
               Case{"tiny_letterbox", "tiny", To(3, 25, 40, kLetterbox, 0, kBilinear)});
  CAPTURE(name);
  CHECK(MaxDifference(Fit(Source(source), to), ReadPnm("preprocessing/" + name + ".ppm")) == 0);
}

TEST_CASE("a picture becomes gray before it is resized, as in torchvision", "[input][fit]") {
  const Bitmap gray = Fit(ToGray(Source("portrait")), To(1, 28, 28, kCrop, 30, kBilinear));
  CHECK(MaxDifference(gray, ReadPnm("preprocessing/portrait_gray.pgm")) == 0);
}

TEST_CASE("a picture of the right size is not touched", "[input][fit]") {
  const ResizePolicy policy = GENERATE(kCrop, kStretch, kLetterbox);
  const Interpolation interpolation = GENERATE(kBilinear, kBicubic);
  const Bitmap noise = Source("noise");
  CHECK(MaxDifference(Fit(noise, To(3, 40, 50, policy, 40, interpolation)), noise) == 0);
}

TEST_CASE("the resized size is computed like torchvision's", "[input][fit]") {
  const Placement place = PlacePicture(500, 333, To(3, 224, 224, kCrop, 256, kBilinear));
  CHECK(place.height == 256);
  CHECK(place.width == 384);  // int(256 * 500 / 333)
  CHECK(place.left == 80);
  CHECK(place.top == 16);
}

TEST_CASE("a half pixel goes to the even side, as Python rounds", "[input][fit]") {
  const auto top = [](int height) {
    return PlacePicture(height, height, To(3, 10, 10, kCrop, height, kBilinear)).top;
  };
  CHECK(top(11) == 0);  // 0.5
  CHECK(top(13) == 2);  // 1.5
  CHECK(top(15) == 2);  // 2.5
  CHECK(top(17) == 4);  // 3.5
}

TEST_CASE("no resized side vanishes", "[input][fit]") {
  const Bitmap line = MakeBitmap(2000, 1, 3);
  const Bitmap fitted = Fit(line, To(3, 8, 8, kLetterbox, 0, kBilinear));
  CHECK(fitted.width == 8);
  CHECK(fitted.height == 8);
}

TEST_CASE("a picture that would be resized beyond the limit is refused", "[input][fit]") {
  const auto fitted =
      FitPicture(MakeBitmap(16384, 1, 3), To(3, 224, 224, kCrop, 256, kBilinear), kMaxPixels);
  CHECK_STATUS(fitted, absl::StatusCode::kInvalidArgument, "4194304 x 256");
}

}  // namespace
}  // namespace deepvision
