// What computes visualization jobs: the width of batches, slices, results.
#include "core/engine/ascent_worker.h"

#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "core/api/error.h"
#include "core/base/core_budget.h"
#include "core/base/executor.h"
#include "core/engine/intermission.h"
#include "core/graph/plan.h"
#include "tests/core/visualization/small_networks.h"
#include "tests/support/catch.h"
#include "tests/support/operator_recorder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

constexpr int kSide = 24;

AscentOptions SmallAscent(int steps, const VisualizationMethod& method = FourierMethod{}) {
  return OptionsFor(TwoConvolutions(SomeWeights(c10::ScalarType::Float), kSide, kSide), method,
                    steps);
}

// `options` whose network calls `visit` before each convolution.
AscentOptions Watched(AscentOptions options, std::function<void()> visit) {
  auto graph = std::make_shared<Graph>(*options.graph);
  for (Node& node : graph->nodes) {
    if (node.op != "conv2d") continue;
    node.run = [run = node.run, visit](Stack& stack) {
      visit();
      run(stack);
    };
  }
  options.graph = graph;
  return options;
}

std::vector<UnitReport> RunSteps(VisualizationWorker& worker, int steps,
                                 const CancellationToken& cancelled = {}) {
  const auto reports = worker.Run({steps, absl::InfiniteDuration()}, cancelled);
  REQUIRE_OK(reports);
  return *reports;
}

bool SameBytes(const HostBuffer& a, const HostBuffer& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

TEST_CASE("a batch holds as many units as the width has room for their images",
          "[visualization][worker]") {
  AscentOptions options = SmallAscent(4);
  const auto plan = [&](int fixed, int images) {
    options.spec.objective.group.images = images;
    const auto worker = MakeAscentWorker(options, {.width = {fixed}});
    const auto made = worker->Prepare({});
    REQUIRE_OK(made);
    return *made;
  };
  CHECK(plan(16, 1).units_per_batch == 16);
  CHECK(plan(4, 2).units_per_batch == 2);
  CHECK(plan(1, 3).batch_width == 4);
  CHECK(plan(1, 3).units_per_batch == 1);
}

TEST_CASE("a measured width is no more than the job needs", "[visualization][worker]") {
  AscentOptions options = SmallAscent(4);
  const WidthRule patient{0, absl::InfiniteDuration()};
  Intermission nobody(nullptr, absl::ZeroDuration());
  const auto width = [&](std::vector<int> units, const WidthRule& rule) {
    options.spec.units = std::move(units);
    const auto chosen = ChooseBatchWidth(options, rule, nobody);
    REQUIRE_OK(chosen);
    return *chosen;
  };
  CHECK(width({7}, patient) == 1);
  CHECK(width({7, 8, 9}, patient) == 4);
  CHECK(width({1, 2, 3, 4, 5, 6}, patient) == 16);
  CHECK(width({1, 2, 3, 4, 5, 6}, {0, absl::ZeroDuration()}) == 1);
  options.spec.numerics = Numerics::kExact;
  CHECK(width({1, 2, 3, 4, 5, 6}, patient) == 1);
}

TEST_CASE("a fixed width is taken whatever the job needs, where it is possible",
          "[visualization][worker]") {
  AscentOptions options = SmallAscent(4);
  Intermission nobody(nullptr, absl::ZeroDuration());
  const auto width = [&](int fixed) {
    const auto chosen = ChooseBatchWidth(options, {fixed}, nobody);
    REQUIRE_OK(chosen);
    return *chosen;
  };
  options.spec.units = {7};
  CHECK(width(1) == 1);
  CHECK(width(16) == 16);
  options.spec.numerics = Numerics::kExact;
  CHECK(width(16) == 1);
  options.spec.numerics = Numerics::kFast;
  options = Watched(options, [] { throw std::runtime_error("one at a time"); });
  CHECK(width(16) == 1);
}

TEST_CASE("a slice stops at its steps, and a job when all units are done",
          "[visualization][worker]") {
  const auto worker = MakeAscentWorker(SmallAscent(5), {.width = {4}});
  REQUIRE_OK(worker->Prepare({}));
  REQUIRE_OK(worker->Begin({2, 11}));
  std::vector<UnitReport> reports = RunSteps(*worker, 3);
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].unit == 2);
  CHECK(reports[1].step == 3);
  CHECK(reports[1].state == UnitState::kRunning);
  CHECK(reports[1].images[0].gradient_norm > 0);
  reports = RunSteps(*worker, 100);
  CHECK(reports[0].step == 5);
  CHECK(reports[0].state == UnitState::kDone);
}

TEST_CASE("a slice takes at least one step and then minds the time", "[visualization][worker]") {
  const auto worker = MakeAscentWorker(SmallAscent(50), {.width = {1}});
  REQUIRE_OK(worker->Prepare({}));
  REQUIRE_OK(worker->Begin({2}));
  const auto reports = worker->Run({50, absl::ZeroDuration()}, {});
  REQUIRE_OK(reports);
  CHECK((*reports)[0].step == 1);
}

TEST_CASE("cancelling stops within the step that runs", "[visualization][worker]") {
  CancellationToken cancelled;
  int convolutions = 0;
  const AscentOptions options = Watched(SmallAscent(50), [&] {
    // Two of them in a step: the first one of the fourth step.
    if (++convolutions == 7) cancelled.Cancel();
  });
  const auto worker = MakeAscentWorker(options, {.width = {1}});
  REQUIRE_OK(worker->Prepare({}));
  REQUIRE_OK(worker->Begin({2}));
  convolutions = 0;
  const std::vector<UnitReport> reports = RunSteps(*worker, 50, cancelled);
  CHECK(reports[0].step == 3);
  CHECK(convolutions == 7);
  CHECK(RunSteps(*worker, 50)[0].step == 50);  // the batch is as before the broken step
}

TEST_CASE("what others do with the device within a step changes no bit of it",
          "[visualization][worker]") {
  const AscentOptions options = SmallAscent(5);
  const Plan plan = Plan::Make(options.graph, {options.layers[0].value});
  const auto look = [&] {
    const at::Tensor picture = at::ones(options.graph->values[options.graph->input].sizes);
    return RunPlan(plan, picture, {})[0];
  };
  const at::Tensor alone = look();
  int intermissions = 0;
  const auto climb = [&](std::function<void()> others) {
    const auto worker = MakeAscentWorker(
        options, {.width = {4}, .others = std::move(others), .turn = absl::ZeroDuration()});
    REQUIRE_OK(worker->Prepare({}));
    REQUIRE_OK(worker->Begin({2, 3}));
    RunSteps(*worker, 5);
    const auto record = worker->Result(3);
    REQUIRE_OK(record);
    return record->images[0].values;
  };
  const HostBuffer undisturbed = climb(nullptr);
  const HostBuffer disturbed = climb([&] {
    ++intermissions;
    CHECK(look().equal(alone));
  });
  CHECK(SameBytes(undisturbed, disturbed));
  CHECK(intermissions > 5 * (4 + 4));  // on the way there, on the way back
}

TEST_CASE("a request is prepared and answered in the middle of a step", "[visualization][worker]") {
  const auto cores = std::make_shared<CoreBudget>(1);
  ThreadExecutor device({.cores = cores}), host({.cores = cores});
  bool in_step = false, answered_in_step = false, asked = false;
  // As requests come: first to the host's threads, which wait for a core.
  const AscentOptions options = Watched(SmallAscent(100000), [&] {
    if (std::exchange(asked, true)) return;
    REQUIRE_OK(host.Post(Priority::kInteractive, [&] {
      REQUIRE_OK(device.Post(Priority::kInteractive, [&] { answered_in_step = in_step; }));
    }));
  });
  absl::Notification done;
  REQUIRE_OK(device.Post(Priority::kBackground, [&] {
    AscentWorkerTools tools{.width = {1}, .turn = absl::ZeroDuration()};
    tools.others = [&] { device.RunInteractive(); };
    const auto worker = MakeAscentWorker(options, tools);
    REQUIRE_OK(worker->Prepare({}));
    REQUIRE_OK(worker->Begin({2}));
    in_step = true;
    for (int i = 0; i < 1000 && !answered_in_step; ++i) {
      REQUIRE_OK(worker->Run({1, absl::InfiniteDuration()}, {}));
    }
    in_step = false;
    done.Notify();
  }));
  done.WaitForNotification();
  CHECK(answered_in_step);
}

TEST_CASE("a computation has its turn between two intermissions, and a clock of its own",
          "[visualization][worker]") {
  int intermissions = 0;
  Intermission rare([&] { ++intermissions; }, absl::Hours(1));
  rare.Offer();
  CHECK(intermissions == 0);
  Intermission slow([&] { absl::SleepFor(absl::Milliseconds(2)); }, absl::ZeroDuration());
  const absl::Time computing = slow.Now(), begin = absl::Now();
  slow.Offer();
  const absl::Duration elsewhere = absl::Milliseconds(2);
  CHECK(absl::Now() - begin - (slow.Now() - computing) >= elsewhere - absl::Microseconds(100));
  Intermission another([&] { ++intermissions; }, absl::ZeroDuration());
  std::thread([&] { another.Offer(); }).join();
  CHECK(intermissions == 0);
  another.Offer();
  CHECK(intermissions == 1);
}

TEST_CASE("a result has what the network reads, what people see, and how good it is",
          "[visualization][worker]") {
  AscentOptions options = SmallAscent(40);
  options.preprocessing.mean = {0.5F, 0.25F, 0};
  const auto worker = MakeAscentWorker(options, {.width = {4}});
  REQUIRE_OK(worker->Prepare({}));
  REQUIRE_OK(worker->Begin({3, 4}));
  RunSteps(*worker, 1);
  const auto early = worker->Picture(3, 0, true);
  REQUIRE_OK(early);
  RunSteps(*worker, 39);
  const auto record = worker->Result(3);
  REQUIRE_OK(record);
  CHECK(record->channels == 3);
  CHECK(record->display_channels == 3);
  CHECK(record->height == kSide);
  REQUIRE(record->images.size() == 1);
  const RecordedImage& image = record->images[0];
  REQUIRE(image.display.size() == size_t{3} * kSide * kSide * sizeof(float));
  const auto* display = reinterpret_cast<const float*>(image.display.data());
  const auto* values = reinterpret_cast<const float*>(image.values.data());
  CHECK(values[0] == Approx(display[0] - 0.5F).margin(1e-5));
  CHECK(values[kSide * kSide] == Approx(display[kSide * kSide] - 0.25F).margin(1e-5));
  CHECK_FALSE(SameBytes(image.display, early->display));
  CHECK(image.quality.objective > 0);
  CHECK(image.quality.spectral_distance > 0);
  CHECK(record->compute_time > absl::ZeroDuration());
  CHECK(image.transparency.empty());
}

TEST_CASE("a result tells how strongly given pictures excite its unit", "[visualization][worker]") {
  const AscentOptions options = [] {
    AscentOptions some = SmallAscent(1);
    some.spec.units = {3, 11};
    return some;
  }();
  const Plan plan = Plan::Make(options.graph, {options.layers[0].value});
  PictureList pictures{.count = 3};
  pictures.picture = [&](int i) -> absl::StatusOr<at::Tensor> {
    return at::full(options.graph->values[options.graph->input].sizes, i - 1.0F);
  };
  const auto worker = MakeAscentWorker(options, {.width = {4}}, pictures);
  REQUIRE_OK(worker->Prepare({}));
  REQUIRE_OK(worker->Begin({11, 3}));
  RunSteps(*worker, 1);
  for (const int unit : options.spec.units) {
    const auto record = worker->Result(unit);
    REQUIRE_OK(record);
    std::vector<float> means;
    for (int i = 0; i < pictures.count; ++i) {
      means.push_back(RunPlan(plan, *pictures.picture(i))[0][0][unit].mean().item<float>());
    }
    const VisualizationQuality& quality = record->images[0].quality;
    CHECK(quality.dataset_maximum == *std::max_element(means.begin(), means.end()));
    CHECK(*quality.dataset_mean == Approx((means[0] + means[1] + means[2]) / 3));
  }
}

TEST_CASE("a job that is cancelled while it is prepared stops there", "[visualization][worker]") {
  CancellationToken cancelled;
  int pictures_seen = 0;
  PictureList pictures{.count = 100};
  pictures.picture = [&](int) -> absl::StatusOr<at::Tensor> {
    if (++pictures_seen == 3) cancelled.Cancel();
    return at::ones({1, 3, kSide, kSide});
  };
  const auto worker = MakeAscentWorker(SmallAscent(5), {.width = {1}}, pictures);
  CHECK_STATUS(worker->Prepare(cancelled).status(), absl::StatusCode::kCancelled, "");
  CHECK(pictures_seen == 3);
}

TEST_CASE("an image of the magnitude method has a transparency", "[visualization][worker]") {
  MacoMethod maco;
  maco.crops = 2;
  const auto worker = MakeAscentWorker(SmallAscent(3, maco), {.width = {1}});
  REQUIRE_OK(worker->Prepare({}));
  REQUIRE_OK(worker->Begin({3}));
  RunSteps(*worker, 3);
  const auto record = worker->Result(3);
  REQUIRE_OK(record);
  CHECK(record->images[0].transparency.size() == size_t{kSide} * kSide * sizeof(float));
}

TEST_CASE("a network that throws ends the job with a text for clients, and one for the log",
          "[visualization][worker]") {
  std::vector<std::string> log;
  const AscentOptions options =
      Watched(SmallAscent(5), [] { throw std::runtime_error("the secret of the house"); });
  const auto worker = MakeAscentWorker(
      options, {.width = {1}, .log = [&](const std::string& line) { log.push_back(line); }});
  REQUIRE_OK(worker->Prepare({}));
  REQUIRE_OK(worker->Begin({3}));
  const absl::Status status = worker->Run({5, absl::InfiniteDuration()}, {}).status();
  CHECK_STATUS(status, absl::StatusCode::kInternal, "the network could not be run");
  CHECK_FALSE(absl::StrContains(status.message(), "secret"));
  REQUIRE(log.size() == 1);
  CHECK(absl::StrContains(log[0], "secret"));
}

}  // namespace
}  // namespace deepvision
