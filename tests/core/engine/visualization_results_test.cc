// Visualization jobs with a store, a full one, and none: modes, restarts, deleting.
#include "core/engine/visualization_results.h"

#include <string>
#include <vector>

#include "core/api/error.h"
#include "tests/core/engine/visualization_jobs_fixture.h"

namespace deepvision {
namespace {

using List = std::vector<std::string>;
constexpr auto kGenerate = VisualizationMode::kGenerate;
constexpr auto kLoadOnly = VisualizationMode::kLoadOnly;
constexpr auto kLoadLatest = VisualizationMode::kLoadLatest;

TEST_CASE_METHOD(JobsFixture,
                 "what was computed before is not computed again, also after a restart",
                 "[visualization][results]") {
  Start(RequestFor({0, 1}, script));
  RunAll();
  Restart();
  script->batches.clear();
  const auto started = Start(RequestFor({0, 1}, script));
  CHECK(started.job.state == JobState::kSucceeded);
  CHECK(UnitsOf(started.job.id) == "0:done* 1:done*");
  const auto sink = Watch(started.job.id);
  CHECK(sink->Take({"result", "done"}) == List{"result 0 done 0", "result 1 done 10", "done OK"});
  const auto more = Start(RequestFor({0, 1, 2}, script));
  CHECK(UnitsOf(more.job.id) == "0:done* 1:done* 2:waiting");
  RunAll();
  CHECK(script->batches == std::vector<std::vector<int>>{{2}});
}

TEST_CASE_METHOD(JobsFixture, "after a restart in mid-job the units that were done are there",
                 "[visualization][results]") {
  const auto started = Start(RequestFor({0, 1, 2, 3}, script));
  while (UnitsOf(started.job.id) != "0:done 1:done 2:running 3:running") REQUIRE(Slice());
  const auto sink = Watch(started.job.id);
  sink->Take();
  Restart();
  CHECK(sink->Take() == List{"done UNAVAILABLE"});
  CHECK(script->alive == 0);
  CHECK(GetErrorDetails(jobs->Get(started.job.id).status()).reason == "JOB_FORGOTTEN");
  const auto again = Start(RequestFor({0, 1, 2, 3}, script));
  CHECK(again.job.id == started.job.id);
  CHECK(UnitsOf(again.job.id) == "0:done* 1:done* 2:waiting 3:waiting");
  RunAll();
  CHECK(StateOf(again.job.id) == JobState::kSucceeded);
}

TEST_CASE_METHOD(JobsFixture, "a damaged result is computed again", "[visualization][results]") {
  memory_bytes = 0;
  Restart();
  const std::string id = Start(RequestFor({0, 1}, script)).job.id;
  RunAll();
  const std::string object = store->List({.unit = 0})->front().object;
  const auto file = folder.path() / "objects" / object;
  const auto size = std::filesystem::file_size(file);
  folder.Write("objects/" + object, std::string(size, 'x'));
  const auto sink = Watch(id);
  CHECK(sink->Take({"result", "done"}) == List{"result 0 failed", "result 1 done 10", "done OK"});
  const auto again = Start(RequestFor({0, 1}, script));
  CHECK(UnitsOf(again.job.id) == "0:waiting 1:done*");
}

TEST_CASE_METHOD(JobsFixture, "generate computes again", "[visualization][results]") {
  Start(RequestFor({0}, script));
  RunAll();
  const auto again = Start(RequestFor({0}, script), kGenerate);
  CHECK(again.job.state == JobState::kQueued);
  RunAll();
  CHECK(script->batches.size() == 2);
  CHECK(UnitsOf(again.job.id) == "0:done");
}

TEST_CASE_METHOD(JobsFixture, "load only computes nothing", "[visualization][results]") {
  const auto nothing = Post(RequestFor({0}, script), kLoadOnly);
  CHECK_STATUS(*nothing, absl::StatusCode::kNotFound, "nothing is stored");
  CHECK(GetErrorDetails(nothing->status()).reason == "NOT_STORED");
  Start(RequestFor({0}, script));
  RunAll();
  const auto some = Start(RequestFor({0, 1}, script), kLoadOnly);
  CHECK(some.job.state == JobState::kPartial);
  CHECK(UnitsOf(some.job.id) == "0:done* 1:failed");
  CHECK(Watch(some.job.id)->Take({"result", "done"}) ==
        List{"result 0 done 0", "result 1 failed", "done OK"});
  CHECK(device.size() == 0);
}

TEST_CASE_METHOD(JobsFixture, "load latest takes the newest whatever its spec",
                 "[visualization][results]") {
  CHECK_FALSE(Post(RequestFor({0}, script), kLoadLatest)->ok());
  Start(RequestFor({0, 1}, script, 4, 1));
  RunAll();
  Start(RequestFor({1}, script, 6, 2));
  RunAll();
  const auto latest = Start(RequestFor({0, 1, 2}, script, 100, 3), kLoadLatest);
  CHECK(UnitsOf(latest.job.id) == "0:done* 1:done* 2:failed");
  CHECK((*jobs->Result(latest.job.id, 0))->steps == 4);
  CHECK((*jobs->Result(latest.job.id, 1))->steps == 6);
  const auto computing = Start(RequestFor({0, 1, 2}, script, 100, 3));
  CHECK(computing.job.id != latest.job.id);
}

TEST_CASE_METHOD(JobsFixture,
                 "a unit that another job has computed meanwhile is not computed again",
                 "[visualization][results]") {
  const auto first = Start(RequestFor({0, 1}, script));
  const auto second = Start(RequestFor({1, 2}, script));
  const auto third = Start(RequestFor({1}, script));
  RunAll();
  CHECK(script->batches == std::vector<std::vector<int>>{{0, 1}, {2}});
  CHECK(UnitsOf(second.job.id) == "1:done* 2:done");
  CHECK(StateOf(third.job.id) == JobState::kSucceeded);
}

TEST_CASE_METHOD(JobsFixture, "without a store results live in memory, while there is room",
                 "[visualization][results]") {
  stored = false;
  memory_bytes = 2000;
  Restart();
  const std::string id = Start(RequestFor({0, 1, 2, 3, 4, 5}, script)).job.id;
  RunAll();
  CHECK(StateOf(id) == JobState::kSucceeded);
  const auto sink = Watch(id);
  const List words = sink->Take({"result", "done"});
  CHECK(words.front() == "result 0 failed");
  CHECK(words[5] == "result 5 done 50");
  CHECK(GetErrorDetails(jobs->Result(id, 0).status()).reason == "RESULT_FORGOTTEN");
  CHECK_FALSE(Post(RequestFor({5}, script), kLoadLatest)->ok());
  CHECK(Start(RequestFor({5}, script), kLoadOnly).job.state == JobState::kSucceeded);
}

TEST_CASE_METHOD(JobsFixture, "results that the disk refuses are told and counted",
                 "[visualization][results]") {
  stored = false;
  Restart();
  auto tiny = VisualizationStore::Open({folder.path(), 10});
  REQUIRE_OK(tiny);
  store = *std::move(tiny);
  VisualizationJobs::Options options;
  options.device = &device;
  options.tools = {&host, &timer, std::make_shared<VisualizationResults>(store, memory_bytes),
                   std::make_shared<FakeEncoder>()};
  jobs = VisualizationJobs::Create(options);
  const std::string id = Start(RequestFor({0}, script)).job.id;
  const auto sink = Watch(id);
  RunAll();
  CHECK(sink->Take({"result"}) == List{"result 0 done 0"});
  CHECK(jobs->Counts().unsaved == 1);
}

TEST_CASE_METHOD(JobsFixture, "deleting spares what jobs work on", "[visualization][results]") {
  const std::string done = Start(RequestFor({0, 1}, script)).job.id;
  RunAll();
  VisualizationRequest elsewhere = RequestFor({5}, script);
  elsewhere.spec.layer = "conv2";
  Start(std::move(elsewhere));
  RunAll();
  const auto active = Start(RequestFor({1, 2}, script));
  absl::StatusOr<DeletedVisualizations> deleted;
  const auto remember = [&](absl::StatusOr<DeletedVisualizations> result) { deleted = result; };
  jobs->Delete({}, {}, remember);
  CHECK_STATUS(deleted, absl::StatusCode::kInvalidArgument, "everything");
  jobs->Delete({.network = "demo", .layer = "conv1"}, {}, remember);
  host.RunAll();
  REQUIRE_OK(deleted);
  CHECK(deleted->units == 1);
  CHECK(deleted->jobs == 1);
  CHECK(deleted->bytes > 0);
  CHECK_FALSE(jobs->Get(done).ok());
  CHECK(UnitsOf(active.job.id) == "1:done* 2:waiting");
  REQUIRE_OK(jobs->Result(active.job.id, 1));
  RunAll();
  jobs->Delete({.id = active.job.id}, {}, remember);
  host.RunAll();
  CHECK(deleted->units == 2);
  CHECK(store->Statistics().entries == 1);  // of the other layer
}

TEST_CASE_METHOD(JobsFixture, "stopping answers everybody", "[visualization][results]") {
  const auto started = Start(RequestFor({0}, script, 1000));
  const auto sink = Watch(started.job.id);
  Slice();
  Slice();
  absl::StatusOr<StartedVisualization> late;
  jobs->Start(RequestFor({1}, script), kGenerate, 0, {},
              [&](absl::StatusOr<StartedVisualization> result) { late = result; });
  jobs->Stop();
  CHECK(sink->Take({"done"}) == List{"done UNAVAILABLE"});
  host.RunAll();
  CHECK(absl::IsUnavailable(late.status()));
  device.RunAll();
  CHECK(script->alive == 0);
  CHECK(jobs->Counts().running == 0);
  CHECK(jobs->Counts().watchers == 0);
  CHECK(Watch(started.job.id)->Take() == List{"done UNAVAILABLE"});
}

TEST_CASE_METHOD(JobsFixture, "a start whose host has stopped is answered",
                 "[visualization][results]") {
  host.Stop();
  CHECK(absl::IsUnavailable(Post(RequestFor({0}, script))->status()));
}

}  // namespace
}  // namespace deepvision
