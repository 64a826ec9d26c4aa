#include "core/engine/visualization_watch_queue.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/catch.h"
#include "tests/support/fake_visualization.h"

namespace deepvision {
namespace {

constexpr bool kLags = true;

// The event as words.
struct Words {
  std::string operator()(const VisualizationHeader&) const { return "header"; }
  std::string operator()(const VisualizationJob& job) const { return NameOf(job.state); }
  std::string operator()(const std::vector<ImageProgress>& images) const {
    return absl::StrCat("progress @", images[0].step);
  }
  std::string operator()(const LoadWay& load) const {
    return absl::StrCat("load ", load.units.size());
  }
  std::string operator()(const WayPicture& way) const {
    return absl::StrCat("way ", way.unit, "@", way.snapshot->step);
  }
  std::string operator()(const LivePicture& live) const {
    return absl::StrCat("live ", live.unit, "@", live.step);
  }
  std::string operator()(const GiveResult& give) const {
    return absl::StrCat("result ", give.unit.status.unit, ".", give.image);
  }
  std::string operator()(const GiveSheet& give) const {
    return absl::StrCat("sheet ", give.sheet, "@", give.step, give.replayed ? " replayed" : "");
  }
  std::string operator()(const WaitForReader&) const { return "wait"; }
  std::string operator()(const WaitUntil&) const { return "until"; }
  std::string operator()(const GiveDone& done) const {
    return done.status.ok() ? "done" : "done with an error";
  }
};

std::string Next(WatchQueue& queue, bool lags = false, absl::Time now = absl::UnixEpoch()) {
  const std::optional<WatchEvent> event = queue.Next(lags, now);
  return event.has_value() ? std::visit(Words(), *event) : "nothing";
}

std::vector<std::string> All(WatchQueue& queue) {
  std::vector<std::string> all;
  for (std::string words = Next(queue); words != "nothing"; words = Next(queue)) {
    all.push_back(words);
    if (words == "wait" || words == "until") break;
  }
  return all;
}

using List = std::vector<std::string>;

VisualizationJob Job(JobState state) {
  VisualizationJob job;
  job.state = state;
  return job;
}
EndedUnit Ended(int unit, UnitState state = UnitState::kDone) {
  EndedUnit ended;
  ended.status.unit = unit;
  ended.status.state = state;
  ended.status.step = 100;
  return ended;
}
LivePicture Live(int unit, int step) {
  return {unit, 0, step, std::make_shared<const RawPicture>()};
}
WayPicture Way(int unit, int step) {
  auto snapshot = std::make_shared<RecordedSnapshot>();
  snapshot->step = step;
  return {unit, 0, snapshot};
}

WatchQueue Begun(WatchQueue::Options options = {}) {
  WatchQueue queue(options);
  queue.Begin({}, Job(JobState::kRunning), {}, {});
  CHECK(All(queue) == List{"header", "running"});
  return queue;
}

TEST_CASE("states come at once and none is left out, even to who does not read",
          "[visualization][watch_queue]") {
  WatchQueue queue = Begun();
  queue.TellEnded({Ended(1)});
  CHECK(Next(queue, kLags) == "wait");
  queue.TellState(Job(JobState::kRunning));
  queue.TellState(Job(JobState::kSucceeded));
  CHECK(Next(queue, kLags) == "running");
  CHECK(Next(queue, kLags) == "succeeded");
  CHECK(Next(queue, kLags) == "nothing");
}

TEST_CASE("of progress and pictures the newest wins", "[visualization][watch_queue]") {
  WatchQueue queue = Begun();
  for (const int step : {4, 8}) {
    queue.TellProgress({{1, 0, step}});
    queue.TellPictures({Live(1, step), Live(2, step)});
  }
  CHECK(queue.waiting_pictures() == 2);
  CHECK(All(queue) == List{"progress @8", "live 1@8", "live 2@8"});
}

TEST_CASE("pictures are skipped while the reader lags, results wait for it",
          "[visualization][watch_queue]") {
  WatchQueue queue = Begun();
  queue.TellPictures({Live(1, 4)});
  CHECK(Next(queue, kLags) == "nothing");
  CHECK(Next(queue) == "live 1@4");
  queue.TellEnded({Ended(1)});
  CHECK(Next(queue, kLags) == "wait");
  CHECK(Next(queue) == "nothing");  // until it is told that the wait is over
  queue.StopWaiting();
  CHECK(Next(queue) == "result 1.0");
}

TEST_CASE("an image's steps rise, and nothing comes after its result",
          "[visualization][watch_queue]") {
  WatchQueue queue = Begun();
  queue.TellPictures({Live(1, 8)});
  CHECK(Next(queue) == "live 1@8");
  queue.TellPictures({Live(1, 8)});
  queue.TellPictures({Live(1, 2)});  // restarted
  CHECK(Next(queue) == "nothing");
  queue.TellPictures({Live(1, 9), Live(2, 1)});
  queue.TellEnded({Ended(1)});
  CHECK(All(queue) == List{"result 1.0", "live 2@1"});
}

TEST_CASE("a unit's images come one by one", "[visualization][watch_queue]") {
  WatchQueue::Options options;
  options.images = 2;
  WatchQueue queue = Begun(options);
  queue.TellEnded({Ended(3)});
  CHECK(Next(queue) == "result 3.0");
  CHECK(Next(queue, kLags) == "wait");
  queue.StopWaiting();
  CHECK(All(queue) == List{"result 3.1"});
}

TEST_CASE("it is done when the job has ended and all was told", "[visualization][watch_queue]") {
  WatchQueue queue = Begun();
  queue.TellEnded({Ended(1)});
  queue.TellState(Job(JobState::kPartial));
  queue.TellJobEnded();
  CHECK(All(queue) == List{"partial", "result 1.0", "done"});
  CHECK(queue.is_done());
  queue.TellState(Job(JobState::kPartial));
  queue.Leave(absl::CancelledError(""));
  CHECK(Next(queue) == "nothing");
}

TEST_CASE("who leaves hears nothing more but the end", "[visualization][watch_queue]") {
  WatchQueue queue = Begun();
  queue.TellEnded({Ended(1)});
  CHECK(Next(queue, kLags) == "wait");
  queue.Leave(absl::CancelledError(""));
  queue.Leave(absl::OkStatus());  // the first counts
  CHECK(All(queue) == List{"done with an error"});
}

TEST_CASE("ended units are replayed side by side, then their results come",
          "[visualization][watch_queue]") {
  WatchQueue::Options options;
  options.replays = true;
  WatchQueue queue(options);
  std::vector<EndedUnit> ended;
  for (int unit = 0; unit < 18; ++unit) ended.push_back(Ended(unit));
  ended[1].status.state = UnitState::kDead;
  queue.Begin({}, Job(JobState::kSucceeded), ended, {});
  queue.TellJobEnded();
  CHECK(Next(queue) == "header");
  CHECK(Next(queue) == "succeeded");
  CHECK(Next(queue) == "load 15");
  queue.AddWay({Way(0, 1), Way(2, 1), Way(0, 5)});
  for (const char* words : {"way 0@1", "way 2@1", "way 0@5"}) CHECK(Next(queue) == words);
  for (int unit = 0; unit < 16; ++unit) CHECK(Next(queue) == absl::StrCat("result ", unit, ".0"));
  CHECK(Next(queue) == "load 2");
  CHECK(All(queue) == List{"result 16.0", "result 17.0", "done"});
}

TEST_CASE("a replay keeps its pace, and live pictures wait for its end",
          "[visualization][watch_queue]") {
  WatchQueue::Options options;
  options.replays = true;
  options.replay_fps = 2;
  WatchQueue queue(options);
  queue.Begin({}, Job(JobState::kRunning), {}, {Way(0, 1), Way(1, 1), Way(0, 4)});
  absl::Time now = absl::UnixEpoch();
  CHECK(Next(queue, false, now) == "header");
  CHECK(Next(queue, false, now) == "running");
  CHECK(Next(queue, false, now) == "way 0@1");
  CHECK(Next(queue, false, now) == "way 1@1");
  queue.TellPictures({Live(0, 9)});
  CHECK(Next(queue, false, now) == "until");
  now += absl::Milliseconds(499);
  queue.StopWaiting();
  CHECK(Next(queue, false, now) == "until");
  now += absl::Milliseconds(1);
  queue.StopWaiting();
  CHECK(Next(queue, kLags, now) == "wait");
  queue.StopWaiting();
  CHECK(Next(queue, false, now) == "way 0@4");
  CHECK(Next(queue, false, now) == "until");
  now += absl::Milliseconds(500);
  queue.StopWaiting();
  CHECK(Next(queue, false, now) == "live 0@9");
}

WatchQueue::Options Atlas(int sheets) {
  WatchQueue::Options options;
  options.view.layout = VisualizationLayout::kAtlas;
  options.sheets = sheets;
  return options;
}

TEST_CASE("sheets follow the tiles that changed, and all come at the end",
          "[visualization][watch_queue]") {
  WatchQueue queue = Begun(Atlas(2));
  queue.TellPictures({Live(1, 4), Live(2, 4)});
  CHECK(Next(queue, kLags) == "live 1@4");  // a tile costs the reader nothing
  queue.MarkSheet(1);
  CHECK(Next(queue, kLags) == "live 2@4");
  CHECK(Next(queue, kLags) == "nothing");
  CHECK(All(queue) == List{"sheet 1@4"});
  queue.TellEnded({Ended(1)});
  CHECK(Next(queue) == "result 1.0");
  queue.MarkSheet(0);
  CHECK(Next(queue) == "nothing");  // not before the next tick
  queue.TellJobEnded();
  CHECK(Next(queue, kLags) == "wait");
  queue.StopWaiting();
  CHECK(All(queue) == List{"sheet 0@100", "sheet 1@100", "done"});
}

TEST_CASE("who wants results only gets sheets at the end only", "[visualization][watch_queue]") {
  WatchQueue::Options options = Atlas(1);
  options.view.results_only = true;
  WatchQueue queue = Begun(options);
  queue.TellEnded({Ended(1)});
  CHECK(Next(queue) == "result 1.0");
  queue.MarkSheet(0);
  queue.TellPictures({});
  CHECK(Next(queue) == "nothing");
  queue.TellJobEnded();
  CHECK(All(queue) == List{"sheet 0@100", "done"});
}

TEST_CASE("a replayed round ends with its sheets", "[visualization][watch_queue]") {
  WatchQueue::Options options = Atlas(1);
  options.replays = true;
  WatchQueue queue(options);
  queue.Begin({}, Job(JobState::kRunning), {}, {Way(0, 1), Way(1, 1), Way(0, 4)});
  for (const char* words : {"header", "running", "way 0@1", "way 1@1"}) CHECK(Next(queue) == words);
  queue.MarkSheet(0);
  CHECK(Next(queue, kLags) == "wait");
  queue.StopWaiting();
  CHECK(Next(queue) == "sheet 0@1 replayed");
  CHECK(Next(queue) == "way 0@4");
  queue.MarkSheet(0);
  CHECK(All(queue) == List{"sheet 0@4 replayed"});
}

}  // namespace
}  // namespace deepvision
