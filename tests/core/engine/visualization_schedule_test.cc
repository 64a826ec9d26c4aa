#include "core/engine/visualization_schedule.h"

#include "core/engine/small_picture.h"
#include "tests/support/catch.h"
#include "tests/support/fake_visualization.h"

namespace deepvision {
namespace {

TEST_CASE("a higher priority comes first, then who came first", "[visualization][schedule]") {
  CHECK(JobTurn{1, 9} < JobTurn{0, 1});
  CHECK(JobTurn{0, 1} < JobTurn{0, 2});
  CHECK_FALSE(JobTurn{0, 2} < JobTurn{0, 2});
  CHECK_FALSE(JobTurn{-1, 1} < JobTurn{0, 2});
}

TEST_CASE("snapshots lie close at the beginning and wide at the end", "[visualization][schedule]") {
  const std::vector<int> stops = SnapshotSteps(512);
  CHECK(stops.front() == 1);
  CHECK(stops.back() < 512);
  CHECK(stops.size() >= 12);
  CHECK(stops.size() <= 16);
  for (size_t i = 1; i < stops.size(); ++i) CHECK(stops[i] > stops[i - 1]);
  CHECK(stops.back() - stops[stops.size() - 2] > 50);
  CHECK(SnapshotSteps(1).empty());
  CHECK(SnapshotSteps(2) == std::vector<int>{1});
}

TEST_CASE("a slice stops where somebody wants to look", "[visualization][schedule]") {
  CHECK(StepsUntilStop(0, 100, {}, 0) == 100);
  CHECK(StepsUntilStop(0, 100, {5, 20}, 0) == 5);
  CHECK(StepsUntilStop(5, 100, {5, 20}, 0) == 15);
  CHECK(StepsUntilStop(20, 100, {5, 20}, 0) == 80);
  CHECK(StepsUntilStop(7, 100, {20}, 10) == 3);
  CHECK(StepsUntilStop(10, 100, {}, 10) == 10);
  CHECK(StepsUntilStop(95, 100, {}, 10) == 5);
  CHECK(StepsUntilStop(100, 100, {}, 10) == 1);
  CHECK(StepsUntilStop(5, 2'000'000'000, {}, 2'000'000'000) == 1'999'999'995);
}

TEST_CASE("the rate is that of the last seconds", "[visualization][schedule]") {
  RateMeter rate;
  absl::Time now = absl::UnixEpoch();
  CHECK(rate.PerSecond() == 0);
  rate.Add(0, now);
  CHECK(rate.PerSecond() == 0);
  for (int i = 0; i < 20; ++i) rate.Add(100, now += absl::Seconds(1));
  CHECK(rate.PerSecond() == Approx(100));
  for (int i = 0; i < 20; ++i) rate.Add(10, now += absl::Seconds(1));
  CHECK(rate.PerSecond() == Approx(10));
}

TEST_CASE("a snapshot is the average of areas in 8 bits", "[visualization][small_picture]") {
  RawPicture picture{2, 2, 4,
                     FloatsOf({0, 1, 0.5, 0.5, 0, 1, 0.5, 0.5,  //
                               2, 2, -1, -1, 2, 2, -1, -1})};
  const RecordedSnapshot half = ReducedSnapshot(picture, 2);
  CHECK(half.channels == 2);
  CHECK(half.height == 1);
  CHECK(half.width == 2);
  const std::vector<uint8_t> pixels(half.pixels.data(), half.pixels.data() + half.pixels.size());
  CHECK(pixels == std::vector<uint8_t>{128, 255, 128, 0});
  CHECK(ReducedSnapshot(picture, 4).width == 4);
}

TEST_CASE("sizes that do not divide are averaged by their parts",
          "[visualization][small_picture]") {
  const RecordedSnapshot two = ReducedSnapshot({1, 1, 3, FloatsOf({0, 1, 1})}, 2);
  REQUIRE(two.pixels.size() == 2);
  CHECK(two.pixels.data()[0] == 85);  // a third of the middle one
  CHECK(two.pixels.data()[1] == 255);
}

TEST_CASE("a snapshot is a picture again", "[visualization][small_picture]") {
  const RawPicture picture{2, 1, 2, FloatsOf({0, 1, 0.2F, 0.4F})};
  const RawPicture again = PictureOf(ReducedSnapshot(picture));
  CHECK(again.channels == 2);
  CHECK(again.width == 2);
  const float* const values = reinterpret_cast<const float*>(again.display.data());
  CHECK(values[1] == 1);
  CHECK(values[2] == Approx(0.2F));
  CHECK(values[3] == Approx(0.4F));
}

}  // namespace
}  // namespace deepvision
