// An engine with visualizations on a small residual network, whose threads and clock
// the test turns by hand.
#ifndef DEEPVISION_TESTS_CORE_ENGINE_VISUALIZATION_FIXTURE_H_
#define DEEPVISION_TESTS_CORE_ENGINE_VISUALIZATION_FIXTURE_H_

#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/core/engine/engine_fixture.h"
#include "tests/support/catch.h"
#include "tests/support/manual_timer.h"
#include "tests/support/status_matchers.h"

namespace deepvision {

// Collects what a watcher hears.
class JobSink final : public VisualizationSink {
 public:
  void OnHeader(const VisualizationHeader& value) override { header = value; }
  void OnState(const VisualizationJob& job) override { states.push_back(job.state); }
  void OnProgress(const std::vector<ImageProgress>& images) override {
    progress.insert(progress.end(), images.begin(), images.end());
  }
  void OnPicture(VisualizationPicture picture) override { pictures.push_back(std::move(picture)); }
  void OnResult(VisualizationResult result) override { results[result.unit] = std::move(result); }
  void OnDone(absl::Status value) override { status = std::move(value); }
  uint64_t BytesAhead() const override { return 0; }
  void WhenTaken(uint64_t, absl::AnyInvocable<void() &&> resume) override { std::move(resume)(); }

  std::string Bytes(int unit) const {
    const HostBuffer& bytes = results.at(unit).data.value().bytes;
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  std::optional<VisualizationHeader> header;
  std::vector<JobState> states;
  std::vector<ImageProgress> progress;
  std::vector<VisualizationPicture> pictures;
  std::map<int, VisualizationResult> results;
  std::optional<absl::Status> status;
};

class VisualizationFixture : public EngineFixture {
 public:
  VisualizationFixture() { Restart(); }

  // Another engine on the same folder, as after a restart of the process.
  void Restart(int width = 4) {
    NetworkManifest second = Manifest();
    second.id = "dark";
    second.preprocessing.mean = {0.5F, 0.5F, 0.5F};
    second.preprocessing.std = {0.25F, 0.25F, 0.25F};
    EngineOptions options = Options(Manifest());
    options.networks.push_back(second);
    options.visualization_width = width;
    watches.clear();  // before the threads that they use
    engine = nullptr;
    auto device_executor = std::make_unique<ManualExecutor>();
    auto host_executor = std::make_unique<ManualExecutor>();
    auto manual_timer = std::make_unique<ManualTimer>();
    device = device_executor.get();
    host = host_executor.get();
    timer = manual_timer.get();
    EngineExecutors executors{std::move(device_executor), std::move(host_executor)};
    executors.timer = std::move(manual_timer);
    auto store = VisualizationStore::Open({folder().path() / "state"});
    REQUIRE_OK(store);
    engine = std::make_unique<EngineImpl>(std::move(options), DatasetRegistry(),
                                          std::move(executors), *std::move(store));
    RunAll();
  }

  VisualizationEngine& jobs() { return *engine->visualizations(); }

  void RunAll() {
    while (device->RunOne() || host->RunOne()) timer->Advance(absl::Seconds(1));
  }

  static VisualizationSpec Spec(std::vector<int> units, int steps = 12) {
    VisualizationSpec spec;
    spec.network = "net";
    spec.layer = "layer1";
    spec.units = std::move(units);
    spec.steps = steps;
    return spec;
  }

  std::optional<absl::StatusOr<StartedVisualization>> Post(
      VisualizationSpec spec, VisualizationMode mode = VisualizationMode::kLoadOrGenerate) {
    auto answer = std::make_shared<std::optional<absl::StatusOr<StartedVisualization>>>();
    StartVisualizationQuery query;
    query.spec = std::move(spec);
    query.mode = mode;
    jobs().Start(std::move(query), {}, [answer](absl::StatusOr<StartedVisualization> started) {
      *answer = std::move(started);
    });
    host->RunAll();
    return *answer;
  }
  absl::Status Refused(VisualizationSpec spec) {
    const auto answer = Post(std::move(spec));
    REQUIRE(answer.has_value());
    return answer->status();
  }
  StartedVisualization Start(VisualizationSpec spec,
                             VisualizationMode mode = VisualizationMode::kLoadOrGenerate) {
    const auto started = Post(std::move(spec), mode);
    REQUIRE(started.has_value());
    REQUIRE_OK(*started);
    return **started;
  }

  // In the space of the network, unless the view says otherwise.
  std::shared_ptr<JobSink> Watch(const std::string& id, WatchVisualizationQuery query = {}) {
    query.id = id;
    query.view.encoding = PictureEncoding::kFloat32;
    query.view.space = PictureSpace::kNetwork;
    auto sink = std::make_shared<JobSink>();
    watches.push_back(jobs().Watch(std::move(query), sink));
    return sink;
  }

  // Starts, watches and runs to the end.
  std::shared_ptr<JobSink> Finish(VisualizationSpec spec,
                                  VisualizationMode mode = VisualizationMode::kLoadOrGenerate) {
    const StartedVisualization started = Start(std::move(spec), mode);
    auto sink = Watch(started.job.id);
    RunAll();
    REQUIRE(sink->status.has_value());
    REQUIRE_OK(*sink->status);
    return sink;
  }

  std::shared_ptr<CollectingSink> Activations(ActivationQuery query) {
    if (query.network.empty()) query.network = "net";
    auto sink = std::make_shared<CollectingSink>();
    engine->StreamActivations(std::move(query), sink, {});
    return sink;
  }

  // Of the engine, which owns them.
  ManualExecutor* device = nullptr;
  ManualExecutor* host = nullptr;
  ManualTimer* timer = nullptr;
  std::unique_ptr<Engine> engine;
  std::vector<std::shared_ptr<VisualizationWatch>> watches;
};

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_CORE_ENGINE_VISUALIZATION_FIXTURE_H_
