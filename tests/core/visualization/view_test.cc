#include "core/visualization/view.h"

#include <cmath>
#include <set>

#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

constexpr PlaneSize kImage = {128, 128};

UnitRandom At(int step) { return UnitRandom({.seed = 3, .step = step}); }

TEST_CASE("a view without transforms is the whole image", "[visualization][view]") {
  UnitRandom random = At(0);
  CHECK(DrawView({}, kImage, kImage, random) == View{});
  CHECK(DrawView({}, kImage, {224, 64}, random) == WholeView(kImage, {224, 64}));
  CHECK(WholeView(kImage, {224, 64}).xx == 2);
  CHECK(WholeView(kImage, {224, 64}).yy == Approx(128.0 / 224));
}

TEST_CASE("padding shows more of the plane, jitter less", "[visualization][view]") {
  UnitRandom random = At(0);
  CHECK(DrawView({PadTransform{12, 0.25}}, kImage, kImage, random).xx == Approx(152.0 / 128));
  CHECK(DrawView({PadTransform{12, 0.25}}, kImage, kImage, random).outside == 0.25);
  CHECK(DrawView({PadTransform{12, 0.25}}, kImage, kImage, random).border == 12);
  CHECK(DrawView({PadTransform{12, 0.25}, PadTransform{3, 0.25}}, kImage, kImage, random).border ==
        15);
  CHECK(DrawView({JitterTransform{8}}, kImage, {120, 120}, random).xx == 1);
}

TEST_CASE("jitter takes every shift in its range, whole pixels of the rest",
          "[visualization][view]") {
  std::set<double> shifts;
  for (int step = 0; step < 300; ++step) {
    UnitRandom random = At(step);
    shifts.insert(DrawView({JitterTransform{8}}, kImage, {120, 120}, random).x0);
  }
  CHECK(shifts == std::set<double>{-4, -3, -2, -1, 0, 1, 2, 3, 4});
}

TEST_CASE("scales and angles are those of the lists, by default Lucid's", "[visualization][view]") {
  std::set<long> scales;
  std::set<long> angles;
  int zeros = 0;
  for (int step = 0; step < 1000; ++step) {
    UnitRandom random = At(step);
    scales.insert(std::lround(100 / DrawView({ScaleTransform{}}, kImage, kImage, random).xx));
    const View rotated = DrawView({RotateTransform{}}, kImage, kImage, random);
    angles.insert(std::lround(std::atan2(rotated.yx, rotated.xx) * 180 / M_PI));
    if (rotated.yx == 0) ++zeros;
    CHECK(DrawView({ScaleTransform{{2}}}, kImage, kImage, random).yy == 0.5);
  }
  CHECK(scales == std::set<long>{90, 92, 94, 96, 98, 100, 102, 104, 106, 108, 110});
  CHECK(angles.size() == 21);
  CHECK(*angles.begin() == -10);
  CHECK(*angles.rbegin() == 10);
  CHECK(zeros == Approx(1000 * 6 / 26.0).margin(50));
}

TEST_CASE("transforms are composed in their order", "[visualization][view]") {
  UnitRandom random = At(0);
  // What is seen first is the last transform: a shift of the enlarged image.
  const View scaled_first =
      DrawView({ScaleTransform{{2}}, JitterTransform{8}}, kImage, {120, 120}, random);
  UnitRandom same = At(0);
  same.Below(1);
  const View jittered_first =
      DrawView({JitterTransform{8}, ScaleTransform{{2}}}, kImage, {120, 120}, same);
  CHECK(std::abs(scaled_first.x0) <= 2);
  CHECK(scaled_first.xx == jittered_first.xx);
}

TEST_CASE("a blur is drawn with its chance and changes nothing else", "[visualization][view]") {
  int blurred = 0;
  for (int step = 0; step < 1000; ++step) {
    UnitRandom random = At(step);
    View view = DrawView({BlurTransform{0.25, 0.5}}, kImage, kImage, random);
    if (view.blur == 0.25) ++blurred;
    view.blur = 0;
    CHECK(view == View{});
  }
  CHECK(blurred == Approx(500).margin(60));
}

TEST_CASE("the crops of maco have their side and lie around the middle", "[visualization][view]") {
  double side = 0;
  double x = 0;
  double square = 0;
  for (int step = 0; step < 2000; ++step) {
    UnitRandom random = At(step);
    const View crop = DrawCrop(0.4, {100, 200}, {50, 50}, random);
    CHECK(crop.yy * 2 == Approx(crop.xx));
    CHECK(crop.yy >= 0.05 * 2);
    side += crop.yy / 2 / 2000;
    x += crop.x0 / 200 / 2000;
    square += crop.x0 * crop.x0 / 200 / 200 / 2000;
  }
  CHECK(side == Approx(0.4).margin(0.01));
  CHECK(x == Approx(0).margin(0.02));
  CHECK(std::sqrt(square) == Approx(0.15).margin(0.01));
}

TEST_CASE("transforms that leave nothing are refused by name", "[visualization][view]") {
  CHECK_STATUS(CheckTransforms({JitterTransform{40}}, {32, 32}, "fourier.transforms"),
               absl::StatusCode::kInvalidArgument, "fourier.transforms[0]: jitter leaves nothing");
  CHECK_STATUS(CheckTransforms({PadTransform{1, 0.5}, PadTransform{1, 0.6}}, {32, 32}, "t"),
               absl::StatusCode::kInvalidArgument, "t[1]");
  CHECK_STATUS(CheckTransforms({ScaleTransform{{0}}}, {32, 32}, "t"),
               absl::StatusCode::kInvalidArgument, "scale");
  CHECK_STATUS(CheckTransforms({RotateTransform{{NAN}}}, {32, 32}, "t"),
               absl::StatusCode::kInvalidArgument, "angles");
  CHECK_STATUS(CheckTransforms({BlurTransform{}, BlurTransform{}}, {32, 32}, "t"),
               absl::StatusCode::kInvalidArgument, "one blur");
  CHECK_STATUS(CheckTransforms({BlurTransform{NAN}}, {32, 32}, "t"),
               absl::StatusCode::kInvalidArgument, "strength");
  CHECK_STATUS(CheckTransforms({BlurTransform{1, -1}}, {32, 32}, "t"),
               absl::StatusCode::kInvalidArgument, "chance");
  for (const int64_t side : {1, 8, 32, 128, 512}) {
    REQUIRE_OK(CheckTransforms(DefaultTransforms({side, side}), {side, side}, "t"));
  }
}

}  // namespace
}  // namespace deepvision
