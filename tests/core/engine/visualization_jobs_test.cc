#include "core/engine/visualization_jobs.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/api/error.h"
#include "core/engine/visualization_schedule.h"
#include "tests/core/engine/visualization_jobs_fixture.h"

namespace deepvision {
namespace {

using List = std::vector<std::string>;

TEST_CASE_METHOD(JobsFixture, "a job computes its units in batches and succeeds",
                 "[visualization][jobs]") {
  const auto started = Start(RequestFor({5, 3, 4}, script));
  const std::string id = started.job.id;
  CHECK(id.rfind("networks/demo/visualizations/", 0) == 0);
  CHECK(started.job.state == JobState::kQueued);
  CHECK(started.job.units.size() == 3);
  CHECK_FALSE(started.merged);
  CHECK(device.size() == 1);
  Slice();  // makes the worker
  CHECK(StateOf(id) == JobState::kRunning);
  CHECK(jobs->Get(id)->batch_width == 2);
  Slice();
  CHECK(UnitsOf(id) == "5:running 3:running 4:waiting");
  RunAll();
  CHECK(StateOf(id) == JobState::kSucceeded);
  CHECK(UnitsOf(id) == "5:done 3:done 4:done");
  CHECK(script->batches == std::vector<std::vector<int>>{{5, 3}, {4}});
  CHECK(script->alive == 0);
  CHECK(jobs->Counts().running == 0);
  CHECK(jobs->Counts().ended == 1);
}

TEST_CASE_METHOD(JobsFixture, "between two slices the device is free for others",
                 "[visualization][jobs]") {
  Start(RequestFor({0}, script, 40));
  for (int i = 0; i < 5; ++i) {
    CHECK(device.size() == 1);  // never more than one slice is posted
    Slice();
  }
}

TEST_CASE_METHOD(JobsFixture, "the same spec is the same job while it waits or runs",
                 "[visualization][jobs]") {
  const auto first = Start(RequestFor({0, 1}, script));
  const auto second = Start(RequestFor({0, 1}, script));
  CHECK(second.merged);
  CHECK(second.job.id == first.job.id);
  CHECK(second.ticket != first.ticket);
  Slice();
  Slice();
  CHECK(Start(RequestFor({0, 1}, script)).merged);
  CHECK_FALSE(Start(RequestFor({1, 0}, script)).merged);
  CHECK_FALSE(Start(RequestFor({0, 1}, script, 8, 1)).merged);
  RunAll();
  CHECK(script->batches.size() == 2);  // the other order computed nothing again
}

TEST_CASE_METHOD(JobsFixture, "a job stops when its last ticket is given back",
                 "[visualization][jobs]") {
  const auto first = Start(RequestFor({0, 1, 2}, script));
  const auto second = Start(RequestFor({0, 1, 2}, script));
  const auto sink = Watch(first.job.id);
  Slice();
  Slice();
  CHECK(jobs->Cancel({first.ticket})->state == JobState::kRunning);
  Slice();
  CHECK(StateOf(first.job.id) == JobState::kRunning);
  CHECK_STATUS(jobs->Cancel({first.ticket}), absl::StatusCode::kNotFound, "no such ticket");
  REQUIRE_OK(jobs->Cancel({second.ticket}));
  RunAll();
  CHECK(StateOf(first.job.id) == JobState::kCancelled);
  CHECK(sink->Take({"done"}) == List{"done OK"});
  CHECK(script->alive == 0);
}

TEST_CASE_METHOD(JobsFixture, "cancel in mid-slice takes effect before the next step",
                 "[visualization][jobs]") {
  script->steps_per_slice = 1000;
  const auto started = Start(RequestFor({0}, script, 900));
  int steps = 0;
  script->before_step = [&](int step) {
    steps = step;
    if (step == 450) jobs->Cancel({started.ticket}).status().IgnoreError();
  };
  RunAll();
  CHECK(steps == 450);
  CHECK(StateOf(started.job.id) == JobState::kCancelled);
  CHECK(UnitsOf(started.job.id) == "0:waiting");
}

TEST_CASE_METHOD(JobsFixture,
                 "a job that is cancelled while it is prepared is cancelled, not failed",
                 "[visualization][jobs]") {
  const auto started = Start(RequestFor({0}, script));
  script->in_prepare = [&] { jobs->Cancel({started.ticket}).status().IgnoreError(); };
  RunAll();
  CHECK(StateOf(started.job.id) == JobState::kCancelled);
  CHECK(script->batches.empty());
  CHECK(script->alive == 0);
}

TEST_CASE_METHOD(JobsFixture,
                 "who stops in the middle of a step leaves its worker to the end of the slice",
                 "[visualization][jobs]") {
  Start(RequestFor({0}, script));
  script->before_step = [&](int) {
    jobs->Stop();
    device.RunAll();  // as between two operators of a step
    CHECK(script->alive == 1);
  };
  RunAll();
  CHECK(script->alive == 0);
}

TEST_CASE_METHOD(JobsFixture, "a job that waits is cancelled at once", "[visualization][jobs]") {
  Start(RequestFor({0}, script));
  const auto waiting = Start(RequestFor({1}, script));
  const auto behind = Start(RequestFor({2}, script));
  CHECK(jobs->Get(behind.job.id)->queue_position == 2);
  CHECK(jobs->Cancel({waiting.ticket})->state == JobState::kCancelled);
  CHECK(jobs->Get(behind.job.id)->queue_position == 1);
  RunAll();
  CHECK(script->batches == std::vector<std::vector<int>>{{0}, {2}});
}

TEST_CASE_METHOD(JobsFixture, "cancel keeps the units that are done, also those being stored",
                 "[visualization][jobs]") {
  const auto started = Start(RequestFor({0, 1, 2}, script, 4));
  Slice();
  while (script->batches.empty() || host.size() == 0) REQUIRE(device.RunOne());
  REQUIRE_OK(jobs->Cancel({started.ticket}));
  device.RunAll();
  CHECK(StateOf(started.job.id) == JobState::kRunning);  // two units are on their way to the disk
  host.RunAll();
  CHECK(StateOf(started.job.id) == JobState::kCancelled);
  CHECK(UnitsOf(started.job.id) == "0:done 1:done 2:waiting");
  REQUIRE_OK(jobs->Result(started.job.id, 1));
  const auto again = Start(RequestFor({0, 1, 2}, script, 4));
  CHECK(UnitsOf(again.job.id) == "0:done* 1:done* 2:waiting");
}

TEST_CASE_METHOD(JobsFixture, "force cancels for all, an id alone does not",
                 "[visualization][jobs]") {
  const auto started = Start(RequestFor({0}, script));
  CancelVisualizationQuery query;
  query.id = started.job.id;
  CHECK_STATUS(jobs->Cancel(query), absl::StatusCode::kInvalidArgument, "force");
  query.force = true;
  REQUIRE_OK(jobs->Cancel(query));
  CHECK(StateOf(started.job.id) == JobState::kCancelled);
  CHECK(jobs->Cancel({started.ticket})->state == JobState::kCancelled);  // in order
}

TEST_CASE_METHOD(JobsFixture, "a higher priority runs first, and then the other goes on",
                 "[visualization][jobs]") {
  const auto low = Start(RequestFor({0}, script));
  const auto middle = Start(RequestFor({1}, script));
  Slice();
  Slice();
  const auto high = Start(RequestFor({2}, script), VisualizationMode::kLoadOrGenerate, 5);
  CHECK(jobs->Get(high.job.id)->queue_position == 0);
  CHECK(jobs->Get(middle.job.id)->queue_position == 2);
  while (StateOf(high.job.id) != JobState::kSucceeded) REQUIRE(Slice());
  CHECK(UnitsOf(low.job.id) == "0:running");  // gave way, keeps its batch
  CHECK(StateOf(middle.job.id) == JobState::kQueued);
  REQUIRE_OK(jobs->SetPriority(middle.job.id, 1));
  while (StateOf(middle.job.id) != JobState::kSucceeded) REQUIRE(Slice());
  CHECK(StateOf(low.job.id) == JobState::kRunning);
  RunAll();
  CHECK(StateOf(low.job.id) == JobState::kSucceeded);
  CHECK(script->batches == std::vector<std::vector<int>>{{0}, {2}, {1}});
  CHECK_STATUS(jobs->SetPriority(low.job.id, 1), absl::StatusCode::kFailedPrecondition, "ended");
}

TEST_CASE_METHOD(JobsFixture,
                 "a job that gave way is cancelled at once, its worker goes on the device",
                 "[visualization][jobs]") {
  const auto low = Start(RequestFor({0}, script));
  Slice();
  Slice();
  Start(RequestFor({1}, script), VisualizationMode::kLoadOrGenerate, 5);
  Slice();
  CHECK(script->alive == 2);
  REQUIRE_OK(jobs->Cancel({low.ticket}));
  CHECK(StateOf(low.job.id) == JobState::kCancelled);
  CHECK(script->alive == 2);
  RunAll();
  CHECK(script->alive == 0);
}

TEST_CASE_METHOD(JobsFixture, "dead and failed units are told with their results",
                 "[visualization][jobs]") {
  script->dead = {1};
  script->failing = {{2, 3}};
  script->units_per_batch = 4;
  const std::string id = Start(RequestFor({0, 1, 2, 3}, script)).job.id;
  const auto sink = Watch(id);
  RunAll();
  CHECK(StateOf(id) == JobState::kPartial);
  CHECK(sink->Take({"result", "done"}) ==
        List{"result 1 dead", "result 2 failed", "result 0 done 0", "result 3 done 30", "done OK"});
  const auto job = jobs->Get(id);
  CHECK(job->counts.done == 2);
  CHECK(job->counts.dead == 1);
  CHECK(job->counts.failed == 1);
  CHECK(job->units[2].failure.message() == "not finite at step 3");
  CHECK_STATUS(jobs->Result(id, 2), absl::StatusCode::kFailedPrecondition, "not done");
  CHECK_STATUS(jobs->Result(id, 9), absl::StatusCode::kOutOfRange, "no unit 9");
}

TEST_CASE_METHOD(JobsFixture, "a job without any image has failed", "[visualization][jobs]") {
  script->dead = {0, 1};
  const std::string id = Start(RequestFor({0, 1}, script)).job.id;
  RunAll();
  CHECK(StateOf(id) == JobState::kFailed);
}

TEST_CASE_METHOD(JobsFixture, "a worker that fails ends its job, not the others",
                 "[visualization][jobs]") {
  const auto other = std::make_shared<WorkerScript>();
  const std::string way = GENERATE("make", "prepare", "begin", "run");
  VisualizationRequest request = RequestFor({0}, script);
  const absl::Status failure = absl::ResourceExhaustedError("device memory");
  if (way == "prepare") script->prepare = failure;
  if (way == "begin") script->begin = failure;
  if (way == "run") script->run = failure;
  if (way == "make") {
    request.make_worker = [failure]() -> absl::StatusOr<std::unique_ptr<VisualizationWorker>> {
      return failure;
    };
  }
  const std::string id = Start(std::move(request)).job.id;
  const auto sink = Watch(id);
  const std::string next = Start(RequestFor({1}, other)).job.id;
  RunAll();
  CHECK(StateOf(id) == JobState::kFailed);
  CHECK(jobs->Get(id)->failure == failure);
  CHECK(UnitsOf(id) == "0:waiting");
  CHECK(sink->Take({"done"}) == List{"done OK"});
  CHECK(StateOf(next) == JobState::kSucceeded);
  CHECK(script->alive == 0);
}

TEST_CASE_METHOD(JobsFixture, "a restarted unit begins its way again", "[visualization][jobs]") {
  script->restarting = {{0, 5}};
  const std::string id = Start(RequestFor({0}, script, 8)).job.id;
  RunAll();
  CHECK(jobs->Get(id)->units[0].restarts == 1);
  const auto record = jobs->Result(id, 0);
  REQUIRE_OK(record);
  CHECK((*record)->restarts == 1);
  int last = 0;
  for (const RecordedSnapshot& snapshot : (*record)->images[0].snapshots) {
    CHECK(snapshot.step > last);
    last = snapshot.step;
  }
}

TEST_CASE_METHOD(JobsFixture, "the record says how it was made", "[visualization][jobs]") {
  script->images = 2;
  VisualizationRequest request = RequestFor({7}, script);
  request.produced_by.device = "cpu";
  const std::string id = Start(std::move(request)).job.id;
  RunAll();
  const auto record = jobs->Result(id, 7);
  REQUIRE_OK(record);
  CHECK((*record)->network == "demo");
  CHECK((*record)->model_digest == "model");
  CHECK((*record)->layer == "conv1");
  CHECK((*record)->steps == 8);
  CHECK((*record)->produced_by.device == "cpu");
  CHECK((*record)->batch_width == 4);
  REQUIRE((*record)->images.size() == 2);
  CHECK((*record)->images[1].snapshots.size() == SnapshotSteps(8).size());
  CHECK((*record)->images[1].snapshots[0].objective == 1);
}

TEST_CASE_METHOD(JobsFixture, "the rate and the time that remains are measured",
                 "[visualization][jobs]") {
  script->units_per_batch = 1;
  const std::string id = Start(RequestFor({0, 1}, script, 1000)).job.id;
  script->steps_per_slice = 10;
  for (int i = 0; i < 61; ++i) Slice();
  const auto job = jobs->Get(id);
  REQUIRE(job->remaining.has_value());
  CHECK(job->steps_per_second > 50);
  CHECK(job->steps_per_second <= 100);
  const double left = 2000 - job->units[0].step;
  CHECK(absl::ToDoubleSeconds(*job->remaining) == Approx(left / job->steps_per_second));
}

TEST_CASE_METHOD(JobsFixture, "estimates alone are told at most once a second",
                 "[visualization][jobs]") {
  const std::string id = Start(RequestFor({0}, script, 100000)).job.id;
  const auto sink = Watch(id);
  Slice();
  Slice();
  sink->Take();
  for (int i = 0; i < 40; ++i) Slice();  // 4 s
  const size_t states = sink->Take({"state"}).size();
  CHECK(states >= 3);
  CHECK(states <= 4);
}

TEST_CASE_METHOD(JobsFixture, "ended jobs are remembered up to a bound", "[visualization][jobs]") {
  VisualizationJobs::Options options;
  options.max_ended = 2;
  Restart(options);
  std::vector<StartedVisualization> started;
  for (int unit = 0; unit < 3; ++unit) started.push_back(Start(RequestFor({unit}, script)));
  RunAll();
  CHECK(jobs->Counts().ended == 2);
  CHECK_STATUS(jobs->Get(started[0].job.id), absl::StatusCode::kNotFound, "send the spec again");
  CHECK_STATUS(jobs->Cancel({started[0].ticket}), absl::StatusCode::kNotFound, "ticket");
  CHECK(jobs->List({}).size() == 2);
  CHECK(jobs->List({})[0].id == started[2].job.id);  // newest first
}

TEST_CASE_METHOD(JobsFixture, "too many jobs are refused, what the store has is not",
                 "[visualization][jobs]") {
  VisualizationJobs::Options options;
  options.max_active = 2;
  options.max_tickets = 2;
  Restart(options);
  Start(RequestFor({9}, script));
  RunAll();
  Start(RequestFor({0}, script));
  Start(RequestFor({1}, script));
  const auto refused = Post(RequestFor({2}, script));
  CHECK_STATUS(*refused, absl::StatusCode::kResourceExhausted, "too many");
  CHECK(GetErrorDetails(refused->status()).retry_after.has_value());
  CHECK(Start(RequestFor({9}, script)).job.state == JobState::kSucceeded);
  Start(RequestFor({1}, script));
  CHECK_STATUS(*Post(RequestFor({1}, script)), absl::StatusCode::kResourceExhausted, "too many");
}

TEST_CASE_METHOD(JobsFixture, "jobs are listed by network, layer and state",
                 "[visualization][jobs]") {
  Start(RequestFor({0}, script));
  RunAll();
  VisualizationRequest other = RequestFor({0}, script);
  other.spec.layer = "conv2";
  const std::string id = Start(std::move(other)).job.id;
  CHECK(jobs->List({}).size() == 2);
  CHECK(jobs->List({.network = "demo", .layer = "conv2"})[0].id == id);
  CHECK(jobs->List({.state = JobState::kSucceeded}).size() == 1);
  CHECK(jobs->List({.network = "other"}).empty());
}

}  // namespace
}  // namespace deepvision
