// Visualization jobs on real threads: clients that start, watch, cancel and leave
// at any moment.
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "core/engine/visualization_jobs.h"
#include "tests/support/catch.h"
#include "tests/support/fake_visualization.h"
#include "tests/support/folder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

constexpr int kSteps = 30;

// Says when it is done, and that nothing comes afterwards.
class EndSink final : public VisualizationSink {
 public:
  explicit EndSink(std::atomic<int>& wrong) : wrong_(wrong) {}

  void OnHeader(const VisualizationHeader&) override { Enter(); }
  void OnState(const VisualizationJob&) override { Enter(); }
  void OnProgress(const std::vector<ImageProgress>&) override { Enter(); }
  void OnPicture(VisualizationPicture) override { Enter(); }
  void OnResult(VisualizationResult result) override {
    Enter();
    if (result.status.state == UnitState::kDone) ++results_;
  }
  void OnDone(absl::Status status) override {
    Enter();
    status_ = std::move(status);
    done_.Notify();
  }
  uint64_t BytesAhead() const override { return 0; }
  void WhenTaken(uint64_t, absl::AnyInvocable<void() &&> resume) override { std::move(resume)(); }

  void Wait() { done_.WaitForNotification(); }
  bool HasEnded() const { return done_.HasBeenNotified(); }
  int results() const { return results_; }
  const absl::Status& status() const { return status_; }

 private:
  // One call at a time: not atomic, so that the thread sanitizer tells, too.
  void Enter() {
    if (done_.HasBeenNotified()) ++wrong_;
    ++calls_;
  }

  std::atomic<int>& wrong_;
  int calls_ = 0;
  int results_ = 0;
  absl::Status status_;
  absl::Notification done_;
};

struct Threads {
  Threads() {
    auto opened = VisualizationStore::Open({folder.path()});
    REQUIRE_OK(opened);
    VisualizationJobs::Options options;
    options.device = &device;
    options.tools = {&host, &timer,
                     std::make_shared<VisualizationResults>(*std::move(opened), 1 << 16),
                     std::make_shared<FakeEncoder>()};
    jobs = VisualizationJobs::Create(std::move(options));
    script->units_per_batch = 4;
    script->steps_per_slice = 3;
  }
  ~Threads() {
    jobs->Stop();
    device.Stop();
    host.Stop();
  }

  VisualizationRequest Request(std::vector<int> units, uint64_t seed) {
    VisualizationRequest request;
    request.spec.network = "demo";
    request.spec.layer = "conv1";
    request.spec.units = std::move(units);
    request.spec.steps = kSteps;
    request.spec.height = request.spec.width = 2;
    request.spec.seed = seed;
    request.context.model_digest = "model";
    request.context.preprocessing.channels = 1;
    request.make_worker = [script =
                               script]() -> absl::StatusOr<std::unique_ptr<VisualizationWorker>> {
      return std::make_unique<FakeWorker>(script, kSteps);
    };
    return request;
  }

  absl::StatusOr<StartedVisualization> Start(VisualizationRequest request) {
    absl::StatusOr<StartedVisualization> answer;
    absl::Notification answered;
    jobs->Start(std::move(request), VisualizationMode::kLoadOrGenerate, 0, {},
                [&](absl::StatusOr<StartedVisualization> started) {
                  answer = std::move(started);
                  answered.Notify();
                });
    answered.WaitForNotification();
    return answer;
  }

  TestFolder folder;
  ThreadTimer timer;
  ThreadExecutor host{{.threads = 2}};
  ThreadExecutor device{{.threads = 1}};
  std::shared_ptr<WorkerScript> script = std::make_shared<WorkerScript>();
  std::shared_ptr<VisualizationJobs> jobs;
};

TEST_CASE("many clients start and watch the same jobs on threads", "[visualization][threads]") {
  Threads threads;
  std::atomic<int> wrong{0};
  std::vector<std::thread> clients;
  for (int client = 0; client < 4; ++client) {
    clients.emplace_back([&, client] {
      for (int i = 0; i < 8; ++i) {
        const auto started = threads.Start(threads.Request({0, 1, 2, 3, 4}, (client + i) % 3));
        if (!started.ok()) {
          ++wrong;
          continue;
        }
        auto sink = std::make_shared<EndSink>(wrong);
        WatchVisualizationQuery query;
        query.id = started->job.id;
        query.view.max_fps = 1e6;
        if (i % 2 == 0) query.from_step = 0;
        const auto watch = threads.jobs->Watch(query, sink);
        sink->Wait();
        if (!sink->status().ok() || sink->results() != 5) ++wrong;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  CHECK(wrong == 0);
  CHECK(threads.jobs->Counts().running == 0);
  CHECK(threads.jobs->Counts().queued == 0);
}

TEST_CASE("clients that cancel and leave at any moment leave nothing behind",
          "[visualization][threads]") {
  Threads threads;
  std::atomic<int> wrong{0};
  std::vector<std::thread> clients;
  for (int client = 0; client < 4; ++client) {
    clients.emplace_back([&, client] {
      std::mt19937 random(static_cast<uint32_t>(client));
      for (int i = 0; i < 30; ++i) {
        const auto started = threads.Start(threads.Request({0, 1, 2, 3}, random() % 1000));
        if (!started.ok()) continue;  // the same job may be ending
        auto sink = std::make_shared<EndSink>(wrong);
        WatchVisualizationQuery query;
        query.id = started->job.id;
        query.view.every_steps = 1;
        auto watch = threads.jobs->Watch(query, sink);
        if (random() % 3 == 0) threads.jobs->SetPriority(query.id, 1).status().IgnoreError();
        for (uint32_t spins = random() % 20000; spins > 0; --spins)
          std::atomic_signal_fence(std::memory_order_seq_cst);
        if (random() % 2 == 0) watch->Leave(absl::OkStatus());
        if (!threads.jobs->Cancel({started->ticket}).ok()) ++wrong;
        sink->Wait();
      }
    });
  }
  for (std::thread& client : clients) client.join();
  CHECK(wrong == 0);
  // The last cancelled job may still be in its slice.
  absl::Notification idle;
  REQUIRE_OK(threads.device.Post(Priority::kBackground, [&] { idle.Notify(); }));
  idle.WaitForNotification();
  CHECK(threads.jobs->Counts().watchers == 0);
  threads.jobs->Stop();
  threads.device.Drain();
  CHECK(threads.script->alive == 0);
}

TEST_CASE("stopping in the middle of everything ends every watch", "[visualization][threads]") {
  std::atomic<int> wrong{0};
  std::vector<std::shared_ptr<EndSink>> sinks;
  {
    Threads threads;
    std::vector<std::shared_ptr<VisualizationWatch>> watches;
    for (int i = 0; i < 6; ++i) {
      const auto started = threads.Start(threads.Request({0, 1, 2, 3, 4, 5}, i));
      REQUIRE_OK(started);
      sinks.push_back(std::make_shared<EndSink>(wrong));
      watches.push_back(threads.jobs->Watch({started->job.id}, sinks.back()));
    }
    threads.jobs->Stop();
    for (const auto& sink : sinks) sink->Wait();
  }
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace deepvision
