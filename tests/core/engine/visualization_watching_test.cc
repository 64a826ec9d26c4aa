// Watchers of visualization jobs: their views, who comes and goes, slow readers.
#include <algorithm>
#include <string>
#include <vector>

#include "core/api/error.h"
#include "tests/core/engine/visualization_jobs_fixture.h"

namespace deepvision {
namespace {

using List = std::vector<std::string>;

TEST_CASE_METHOD(JobsFixture, "a watcher hears the states in order, results when they are there",
                 "[visualization][jobs]") {
  const std::string id = Start(RequestFor({0, 1, 2}, script)).job.id;
  const auto sink = Watch(id);
  RunAll();
  const List words = sink->Take({"header", "state", "result", "done"});
  CHECK(words == List{"header 3", "state queued behind 0 0:waiting 1:waiting 2:waiting",
                      "state running", "state running", "state running 0:running 1:running",
                      "state running 0:done", "state running 1:done", "result 0 done 0",
                      "result 1 done 10", "state running 2:running", "state running 2:done",
                      "state succeeded", "result 2 done 20", "done OK"});
  CHECK(jobs->Counts().watchers == 0);
}

TEST_CASE_METHOD(JobsFixture, "pictures come at the steps that the view asks for",
                 "[visualization][jobs]") {
  const std::string id = Start(RequestFor({0, 1}, script, 10)).job.id;
  WatchVisualizationQuery query;
  query.units = {1};
  query.view.every_steps = 3;
  const auto sink = Watch(id, query);
  RunAll();
  CHECK(sink->Take({"picture"}) == List{"picture 1@3", "picture 1@6", "picture 1@9"});
}

TEST_CASE_METHOD(JobsFixture, "pictures and progress come at most max_fps times a second",
                 "[visualization][jobs]") {
  const std::string id = Start(RequestFor({0}, script, 60)).job.id;
  script->steps_per_slice = 1;
  WatchVisualizationQuery query;
  query.view.max_fps = 2;
  const auto sink = Watch(id, query);
  for (int i = 0; i < 21; ++i) Slice();  // 2 s of steps
  const List words = sink->Take({"picture", "progress"});
  CHECK(std::count_if(words.begin(), words.end(),
                      [](const std::string& w) { return w[1] == 'i'; }) == 4);
  CHECK(words.size() == 8);
}

TEST_CASE_METHOD(JobsFixture, "no picture is made when nobody looks", "[visualization][jobs]") {
  Start(RequestFor({0}, script, 3000));
  script->steps_per_slice = 100;
  RunAll();
  CHECK(script->pictures <= 16);  // the snapshots
  script->pictures = 0;
  WatchVisualizationQuery query;
  query.view.results_only = true;
  const auto sink = Watch(Start(RequestFor({1}, script, 3000)).job.id, query);
  RunAll();
  CHECK(script->pictures <= 16);
  CHECK(sink->Take({"picture"}).empty());
}

TEST_CASE_METHOD(JobsFixture, "two watchers have their own views", "[visualization][jobs]") {
  const std::string id = Start(RequestFor({0, 1}, script, 6)).job.id;
  WatchVisualizationQuery every_two, atlas;
  every_two.view.every_steps = 2;
  every_two.units = {0};
  atlas.view.layout = VisualizationLayout::kAtlas;
  const auto first = Watch(id, every_two);
  const auto second = Watch(id, atlas);
  RunAll();
  CHECK(first->Take({"picture", "result", "sheet"}) ==
        List{"picture 0@2", "picture 0@4", "result 0 done 0"});
  const List sheets = second->Take({"picture", "result", "sheet", "done"});
  CHECK(sheets.front() == "sheet 0 0.001|0.001");
  CHECK(List(sheets.end() - 4, sheets.end()) ==
        List{"result 0 done", "result 1 done", "sheet 0 0|10", "done OK"});
}

TEST_CASE_METHOD(JobsFixture, "one who leaves is told so and the job goes on",
                 "[visualization][jobs]") {
  const std::string id = Start(RequestFor({0}, script)).job.id;
  const auto sink = Watch(id);
  const auto other = Watch(id);
  Slice();
  sink->Take();
  watches[0]->Leave(absl::OkStatus());
  CHECK(sink->Take() == List{"done OK"});
  watches[0] = nullptr;
  RunAll();
  CHECK(sink->Take().empty());
  CHECK(other->Take({"done"}) == List{"done OK"});
  CHECK(StateOf(id) == JobState::kSucceeded);
}

TEST_CASE_METHOD(JobsFixture, "who lets a watch go leaves", "[visualization][jobs]") {
  const auto sink = Watch(Start(RequestFor({0}, script)).job.id);
  CHECK(jobs->Counts().watchers == 1);
  watches.clear();
  CHECK(sink->Take({"done"}) == List{"done CANCELLED"});
  CHECK(jobs->Counts().watchers == 0);
}

TEST_CASE_METHOD(JobsFixture, "who comes back hears the way so far, then what comes",
                 "[visualization][jobs]") {
  script->units_per_batch = 1;
  const std::string id = Start(RequestFor({0, 1}, script, 6)).job.id;
  while (jobs->Get(id)->units[1].step != 4) REQUIRE(Slice());
  WatchVisualizationQuery query;
  query.from_step = 1;
  const auto sink = Watch(id, query);
  const List before = sink->Take({"replay", "result", "picture"});
  CHECK(before == List{"replay 1@1", "replay 1@2", "replay 1@3", "replay 1@4", "replay 0@1",
                       "replay 0@2", "replay 0@3", "replay 0@4", "replay 0@5", "result 0 done 0"});
  RunAll();
  CHECK(sink->Take({"replay", "result", "done"}) == List{"result 1 done 10", "done OK"});
}

TEST_CASE_METHOD(JobsFixture, "an ended job is replayed from a step, at its pace",
                 "[visualization][jobs]") {
  const std::string id = Start(RequestFor({0, 1}, script, 6)).job.id;
  RunAll();
  WatchVisualizationQuery query;
  query.from_step = 4;
  query.replay_fps = 1;
  const auto sink = Watch(id, query);
  CHECK(sink->Take() ==
        List{"header 2", "state succeeded 0:done 1:done", "replay 0@4", "replay 1@4"});
  timer.Advance(absl::Milliseconds(900));
  host.RunAll();
  CHECK(sink->Take().empty());
  timer.Advance(absl::Milliseconds(100));
  host.RunAll();
  CHECK(sink->Take() == List{"replay 0@5", "replay 1@5"});
  timer.Advance(absl::Seconds(1));
  host.RunAll();
  CHECK(sink->Take() == List{"result 0 done 0", "result 1 done 10", "done OK"});
}

TEST_CASE_METHOD(JobsFixture, "a slow reader misses pictures, no states and no results",
                 "[visualization][jobs]") {
  const std::string id = Start(RequestFor({0, 1, 2, 3}, script, 20)).job.id;
  const auto sink = Watch(id);
  sink->Stall();
  RunAll();
  CHECK(StateOf(id) == JobState::kSucceeded);  // the device never waits
  const List stalled = sink->Take({"picture", "result", "state succeeded", "done"});
  CHECK(stalled == List{"state succeeded"});
  sink->ReadOn();
  host.RunAll();
  CHECK(sink->Take() == List{"result 0 done 0", "result 1 done 10", "result 2 done 20",
                             "result 3 done 30", "done OK"});
}

TEST_CASE_METHOD(JobsFixture, "a reader who stalls and goes costs nothing",
                 "[visualization][jobs]") {
  const auto sink = Watch(Start(RequestFor({0}, script)).job.id);
  sink->Stall();
  RunAll();
  sink->Take();
  watches[0]->Leave(absl::UnavailableError("stalled"));
  CHECK(sink->Take() == List{"done UNAVAILABLE"});
  sink->ReadOn();
  host.RunAll();
  CHECK(sink->Take().empty());
}

TEST_CASE_METHOD(JobsFixture, "an unknown job or unit cannot be watched", "[visualization][jobs]") {
  const auto nobody = Watch("networks/demo/visualizations/0");
  CHECK(nobody->Take() == List{"done NOT_FOUND"});
  CHECK(GetErrorDetails(jobs->Get("x").status()).reason == "JOB_FORGOTTEN");
  WatchVisualizationQuery query;
  query.units = {0, 9};
  const auto sink = Watch(Start(RequestFor({0}, script)).job.id, query);
  CHECK(sink->Take() == List{"done OUT_OF_RANGE"});
  query.units = {};
  query.view.layout = VisualizationLayout::kAtlas;
  query.view.max_sheet_side = 1;
  CHECK(Watch(Start(RequestFor({0}, script)).job.id, query)->Take() ==
        List{"done INVALID_ARGUMENT"});
}

}  // namespace
}  // namespace deepvision
