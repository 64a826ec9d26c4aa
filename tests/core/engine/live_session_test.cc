#include "core/engine/live_session.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

// Keeps what it is asked for until the test lets it go.
class ManualWorker final : public LiveWorker {
 public:
  void Configure(const LiveConfig& config, Callback<LiveHeader> done) override {
    configurations.push_back(config.network);
    if (config.network == "unknown") {
      return std::move(done)(absl::NotFoundError("network \"unknown\""));
    }
    if (hold_configuration) {
      held_configuration = std::move(done);
      return;
    }
    LiveHeader header;
    header.network = config.network;
    std::move(done)(header);
  }

  void Run(Input input, std::shared_ptr<LiveSink>, Callback<absl::Duration> done) override {
    CHECK_FALSE(in_work);
    in_work = std::move(done);
    inputs.push_back(std::move(input));
  }

  void FinishFrame(absl::StatusOr<absl::Duration> result = absl::Milliseconds(2)) {
    Callback<absl::Duration> done = *std::exchange(in_work, std::nullopt);
    std::move(done)(result);
  }

  std::vector<std::string> configurations;
  std::vector<Input> inputs;
  bool hold_configuration = false;
  std::optional<Callback<LiveHeader>> held_configuration;
  std::optional<Callback<absl::Duration>> in_work;
};

// What arrived, as words: "config 1", "begin 7", "end 7", "failed 7", "done".
class RecordingSink final : public LiveSink {
 public:
  void OnConfigured(const LiveHeader& header) override {
    events.push_back(absl::StrCat("config ", header.configuration, " ", header.network));
  }
  void OnFrameBegin(const LiveFrameBegin& frame) override {
    events.push_back(absl::StrCat("begin ", frame.id, " of ", frame.configuration));
  }
  void OnLayer(LayerActivation) override {}
  void OnPrediction(Prediction) override {}
  void OnFrameEnd(const LiveFrameEnd& frame, absl::AnyInvocable<void() &&> taken) override {
    events.push_back(absl::StrCat(frame.status.ok() ? "end " : "failed ", frame.id));
    ends.push_back(frame);
    if (on_end) on_end();
    if (hold_taken) {
      untaken.push_back(std::move(taken));
    } else {
      std::move(taken)();
    }
  }
  void OnDone(absl::Status status, const LiveCounts& final_counts) override {
    CHECK_FALSE(done);
    done = std::move(status);
    counts = final_counts;
    events.push_back("done");
  }
  uint64_t BytesAhead() const override { return 0; }
  void WhenTaken(uint64_t, absl::AnyInvocable<void() &&> resume) override { std::move(resume)(); }

  void TakeOne() {
    REQUIRE_FALSE(untaken.empty());
    absl::AnyInvocable<void()&&> taken = std::move(untaken.front());
    untaken.erase(untaken.begin());
    std::move(taken)();
  }

  std::vector<std::string> events;
  std::vector<LiveFrameEnd> ends;
  std::vector<absl::AnyInvocable<void() &&>> untaken;
  bool hold_taken = false;
  std::function<void()> on_end;
  std::optional<absl::Status> done;
  LiveCounts counts;
};

class LiveFixture {
 public:
  LiveFixture() {
    auto owned = std::make_unique<ManualWorker>();
    worker = owned.get();
    session = MakeLiveSession(std::move(owned), sink, token);
  }
  // What the worker has in hand keeps the session, and the session keeps the worker.
  ~LiveFixture() {
    if (session == nullptr) return;
    worker->in_work.reset();
    worker->held_configuration.reset();
    sink->untaken.clear();
  }

  void Configure(const std::string& network) {
    LiveConfig config;
    config.network = network;
    session->Configure(std::move(config));
  }

  void Push(uint64_t id) { session->Push({id, static_cast<int64_t>(1000 + id), ZerosInput{}}); }

  using Events = std::vector<std::string>;
  ManualWorker* worker = nullptr;
  const std::shared_ptr<RecordingSink> sink = std::make_shared<RecordingSink>();
  CancellationToken token;
  std::shared_ptr<LiveSession> session;
};

TEST_CASE_METHOD(LiveFixture, "the newest frame wins and the others are counted",
                 "[engine][live]") {
  Configure("net");
  for (uint64_t id = 1; id <= 5; ++id) Push(id);
  worker->FinishFrame();
  worker->FinishFrame();
  CHECK(sink->events == Events{"config 1 net", "begin 1 of 1", "end 1", "begin 5 of 1", "end 5"});
  CHECK(sink->ends[0].dropped_frames == 3);
  CHECK(sink->ends[1].dropped_frames == 3);
  CHECK(sink->ends[1].client_timestamp == 1005);
  CHECK(sink->ends[1].compute_time == absl::Milliseconds(2));
  CHECK(sink->ends[1].total_time >= sink->ends[1].waiting_time);
}

TEST_CASE_METHOD(LiveFixture, "one frame is in work, however many come", "[engine][live]") {
  Configure("net");
  for (uint64_t id = 1; id <= 100; ++id) Push(id);
  CHECK(worker->inputs.size() == 1);
  worker->FinishFrame();
  CHECK(worker->inputs.size() == 2);
  worker->FinishFrame();
  CHECK_FALSE(worker->in_work);
}

TEST_CASE_METHOD(LiveFixture, "a reader that lags gets fewer frames, and the newest",
                 "[engine][live]") {
  Configure("net");
  sink->hold_taken = true;
  Push(1);
  worker->FinishFrame();
  Push(2);  // computed while frame 1 is on its way
  worker->FinishFrame();
  for (uint64_t id = 3; id <= 9; ++id) Push(id);
  CHECK(worker->inputs.size() == 2);
  sink->TakeOne();
  CHECK(worker->inputs.size() == 3);
  CHECK(sink->events.back() == "begin 9 of 1");
  worker->FinishFrame();
  CHECK(sink->ends.back().dropped_frames == 6);
}

TEST_CASE_METHOD(LiveFixture, "a client with two frames underway loses none", "[engine][live]") {
  Configure("net");
  // The next frame comes as soon as the end of one is heard of.
  sink->on_end = [this] { Push(sink->ends.size() + 2); };
  Push(1);
  Push(2);
  for (int i = 0; i < 50; ++i) worker->FinishFrame();
  REQUIRE(sink->ends.size() == 50);
  for (size_t i = 0; i < 50; ++i) CHECK(sink->ends[i].id == i + 1);
  CHECK(sink->ends.back().dropped_frames == 0);
}

TEST_CASE_METHOD(LiveFixture, "the newest frame is answered before a closed session ends",
                 "[engine][live]") {
  Configure("net");
  for (uint64_t id = 1; id <= 3; ++id) Push(id);
  session->Close(absl::OkStatus());
  CHECK_FALSE(sink->done);
  worker->FinishFrame();
  CHECK_FALSE(sink->done);
  worker->FinishFrame();
  CHECK(sink->events ==
        Events{"config 1 net", "begin 1 of 1", "end 1", "begin 3 of 1", "end 3", "done"});
  REQUIRE_OK(*sink->done);
  CHECK(sink->counts.answered_frames == 2);
  CHECK(sink->counts.dropped_frames == 1);
  CHECK(sink->counts.failed_frames == 0);
}

TEST_CASE_METHOD(LiveFixture, "frames are answered with the configuration they came under",
                 "[engine][live]") {
  Configure("net");
  Push(1);
  Push(2);
  Configure("other");
  worker->FinishFrame();  // 1
  CHECK(sink->events.back() == "begin 2 of 1");
  Push(3);
  worker->FinishFrame();  // 2
  CHECK(sink->events == Events{"config 1 net", "begin 1 of 1", "end 1", "begin 2 of 1", "end 2",
                               "config 2 other", "begin 3 of 2"});
}

TEST_CASE_METHOD(LiveFixture, "of configurations that come during one frame only the last counts",
                 "[engine][live]") {
  Configure("net");
  Push(1);
  Configure("a");
  Configure("b");
  worker->FinishFrame();
  CHECK(worker->configurations == Events{"net", "b"});
  CHECK(sink->events.back() == "config 3 b");
}

TEST_CASE_METHOD(LiveFixture, "frames that come before the configuration is in force wait for it",
                 "[engine][live]") {
  worker->hold_configuration = true;
  Configure("net");
  Push(1);
  Push(2);
  CHECK(sink->events.empty());
  std::move (*worker->held_configuration)(LiveHeader());
  CHECK(sink->events.back() == "begin 2 of 1");
}

TEST_CASE_METHOD(LiveFixture, "a wrong configuration ends the session, also in its course",
                 "[engine][live]") {
  Configure("net");
  Push(1);
  Push(2);
  Configure("unknown");
  Push(3);
  CHECK_FALSE(sink->done);
  worker->FinishFrame();
  REQUIRE(sink->done);
  CHECK(absl::IsNotFound(*sink->done));
  CHECK(sink->counts.answered_frames == 1);
  CHECK(sink->counts.dropped_frames == 2);
  Push(4);
  CHECK(sink->events.back() == "done");
}

TEST_CASE_METHOD(LiveFixture, "a frame before any configuration ends the session",
                 "[engine][live]") {
  Push(1);
  REQUIRE(sink->done);
  CHECK_STATUS(*sink->done, absl::StatusCode::kInvalidArgument, "configuration");
}

TEST_CASE_METHOD(LiveFixture, "a frame that fails is answered in its turn and the next one runs",
                 "[engine][live]") {
  Configure("net");
  Push(1);
  session->Push({2, 0, absl::InvalidArgumentError("frame.input: is not set")});
  worker->FinishFrame(absl::InvalidArgumentError("too large"));
  CHECK(sink->events ==
        Events{"config 1 net", "begin 1 of 1", "failed 1", "begin 2 of 1", "failed 2"});
  Push(3);
  worker->FinishFrame();
  session->Close(absl::OkStatus());
  REQUIRE_OK(*sink->done);
  CHECK(sink->counts.answered_frames == 3);
  CHECK(sink->counts.failed_frames == 2);
}

TEST_CASE_METHOD(LiveFixture, "a frame after which nothing can be computed ends the session",
                 "[engine][live]") {
  Configure("net");
  Push(1);
  Push(2);
  worker->FinishFrame(absl::InternalError("a bug"));
  REQUIRE(sink->done);
  CHECK(absl::IsInternal(*sink->done));
  CHECK(sink->ends.empty());
}

TEST_CASE_METHOD(LiveFixture, "a stop ends the frame in work and drops what waits",
                 "[engine][live]") {
  Configure("net");
  Push(1);
  Push(2);
  session->Close(absl::UnavailableError("stopping"));
  CHECK_FALSE(sink->done);
  worker->FinishFrame();
  CHECK(sink->events == Events{"config 1 net", "begin 1 of 1", "end 1", "done"});
  CHECK(absl::IsUnavailable(*sink->done));
  CHECK(sink->counts.dropped_frames == 1);
}

TEST_CASE_METHOD(LiveFixture, "a raised token ends the session at its next call",
                 "[engine][live]") {
  Configure("net");
  Push(1);
  Push(2);
  token.Cancel();
  session->Close(absl::OkStatus());
  worker->FinishFrame(absl::CancelledError("cancelled"));
  REQUIRE(sink->done);
  CHECK(absl::IsCancelled(*sink->done));
  CHECK(sink->events == Events{"config 1 net", "begin 1 of 1", "done"});
}

TEST_CASE_METHOD(LiveFixture, "a closed session ends though its reader takes nothing",
                 "[engine][live]") {
  Configure("net");
  sink->hold_taken = true;
  Push(1);
  worker->FinishFrame();
  Push(2);
  worker->FinishFrame();
  session->Close(absl::OkStatus());
  REQUIRE(sink->done);
  session.reset();
  sink->TakeOne();  // late, and without a session: nothing happens
}

}  // namespace
}  // namespace deepvision
