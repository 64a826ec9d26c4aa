// Visualization jobs whose threads and clock the test turns by hand.
#ifndef DEEPVISION_TESTS_CORE_ENGINE_VISUALIZATION_JOBS_FIXTURE_H_
#define DEEPVISION_TESTS_CORE_ENGINE_VISUALIZATION_JOBS_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/engine/visualization_jobs.h"
#include "tests/support/catch.h"
#include "tests/support/fake_visualization.h"
#include "tests/support/folder.h"
#include "tests/support/manual_executor.h"
#include "tests/support/manual_timer.h"
#include "tests/support/status_matchers.h"

namespace deepvision {

inline VisualizationRequest RequestFor(std::vector<int> units, std::shared_ptr<WorkerScript> script,
                                       int steps = 8, uint64_t seed = 0) {
  VisualizationRequest request;
  request.spec.network = "demo";
  request.spec.layer = "conv1";
  request.spec.units = std::move(units);
  request.spec.steps = steps;
  request.spec.seed = seed;
  request.spec.height = request.spec.width = 2;
  request.spec.objective.group.images = script->images;
  request.context.model_digest = "model";
  request.context.preprocessing.channels = 1;
  request.make_worker = [script, steps]() -> absl::StatusOr<std::unique_ptr<VisualizationWorker>> {
    return std::make_unique<FakeWorker>(script, steps);
  };
  return request;
}

class JobsFixture {
 public:
  JobsFixture() { Restart(); }
  ~JobsFixture() {
    jobs->Stop();
    device.RunAll();
    host.RunAll();
  }

  // A new registry, as after a restart of the process; on the same store.
  void Restart(VisualizationJobs::Options options = {}) {
    if (jobs != nullptr) jobs->Stop();
    device.RunAll();
    host.RunAll();
    watches.clear();
    jobs = nullptr;
    store = nullptr;
    if (stored) {
      auto opened = VisualizationStore::Open({folder.path()});
      REQUIRE_OK(opened);
      store = *std::move(opened);
    }
    options.device = &device;
    options.tools = {&host, &timer, std::make_shared<VisualizationResults>(store, memory_bytes),
                     std::make_shared<FakeEncoder>()};
    jobs = VisualizationJobs::Create(std::move(options));
  }

  std::optional<absl::StatusOr<StartedVisualization>> Post(
      VisualizationRequest request, VisualizationMode mode = VisualizationMode::kLoadOrGenerate,
      int priority = 0) {
    auto answer = std::make_shared<std::optional<absl::StatusOr<StartedVisualization>>>();
    jobs->Start(std::move(request), mode, priority, {},
                [answer](absl::StatusOr<StartedVisualization> started) { *answer = started; });
    host.RunAll();
    return *answer;
  }
  StartedVisualization Start(VisualizationRequest request,
                             VisualizationMode mode = VisualizationMode::kLoadOrGenerate,
                             int priority = 0) {
    const auto started = Post(std::move(request), mode, priority);
    REQUIRE(started.has_value());
    REQUIRE_OK(*started);
    return **started;
  }
  std::shared_ptr<WordsSink> Watch(const std::string& id, WatchVisualizationQuery query = {}) {
    auto sink = std::make_shared<WordsSink>();
    query.id = id;
    if (query.view.max_fps == 4) query.view.max_fps = 1e6;
    watches.push_back(jobs->Watch(std::move(query), sink));
    host.RunAll();
    return sink;
  }

  // One slice, and what it leads to.
  bool Slice() {
    const bool ran = device.RunOne();
    timer.Advance(absl::Milliseconds(100));
    host.RunAll();
    return ran;
  }
  void RunAll() {
    int slices = 0;
    while (Slice()) REQUIRE(++slices < 1000);
  }

  JobState StateOf(const std::string& id) {
    const auto job = jobs->Get(id);
    REQUIRE_OK(job);
    return job->state;
  }
  std::string UnitsOf(const std::string& id) {
    std::string words;
    const auto job = jobs->Get(id);
    REQUIRE_OK(job);
    for (const UnitStatus& unit : job->units) {
      absl::StrAppend(&words, words.empty() ? "" : " ", unit.unit, ":", NameOf(unit.state),
                      unit.from_store ? "*" : "");
    }
    return words;
  }

  TestFolder folder;
  bool stored = true;
  uint64_t memory_bytes = 1 << 20;
  ManualExecutor device;
  ManualExecutor host;
  ManualTimer timer;
  std::shared_ptr<VisualizationStore> store;
  std::shared_ptr<VisualizationJobs> jobs;
  std::shared_ptr<WorkerScript> script = std::make_shared<WorkerScript>();
  std::vector<std::shared_ptr<VisualizationWatch>> watches;
};

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_CORE_ENGINE_VISUALIZATION_JOBS_FIXTURE_H_
