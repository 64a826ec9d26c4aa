// Visualization jobs of the engine itself, over a small network.
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "core/api/error.h"
#include "tests/core/engine/visualization_fixture.h"

namespace deepvision {
namespace {

TEST_CASE_METHOD(VisualizationFixture, "a job raises the objective of its units far above noise",
                 "[engine][visualization]") {
  const auto noise = Finish(Spec({1, 6}, 1));
  const auto climbed = Finish(Spec({1, 6}, 64));
  CHECK(climbed->states.back() == JobState::kSucceeded);
  for (const int unit : {1, 6}) {
    INFO("unit " << unit);
    const VisualizationQuality& quality = climbed->results.at(unit).quality;
    CHECK(quality.objective > 1.4F * noise->results.at(unit).quality.objective);
    CHECK_FALSE(quality.dataset_maximum.has_value());
  }
  CHECK(climbed->results.at(1).batch_width == 4);
  CHECK(climbed->results.at(1).produced_by.device == "cpu");
  CHECK(climbed->results.at(1).produced_by.numerics == Numerics::kFast);
}

TEST_CASE_METHOD(VisualizationFixture,
                 "every default of a spec is filled in before it has its name",
                 "[engine][visualization]") {
  VisualizationSpec asked = Spec({}, 0);
  asked.all_units = true;
  const StartedVisualization started = Start(asked);
  const VisualizationSpec& spec = started.job.spec;
  CHECK(spec.units == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(spec.height == kSide);
  CHECK(spec.steps == 512);
  CHECK(spec.numerics == Numerics::kFast);
  CHECK(started.job.network_digest == engine->GetNetwork("net")->digest);
  CHECK(Start(spec).job.id == started.job.id);
}

TEST_CASE_METHOD(VisualizationFixture,
                 "one unit has the same bytes alone, among others, in any place, and again",
                 "[engine][visualization]") {
  const auto mode = VisualizationMode::kGenerate;
  const std::string alone = Finish(Spec({3}), mode)->Bytes(3);
  CHECK(Finish(Spec({3}), mode)->Bytes(3) == alone);
  CHECK(Finish(Spec({3, 1, 5, 2}), mode)->Bytes(3) == alone);
  CHECK(Finish(Spec({5, 1, 2, 0, 6, 3}), mode)->Bytes(3) == alone);  // of the second batch
  VisualizationSpec other = Spec({3});
  other.seed = 1;
  CHECK(Finish(other, mode)->Bytes(3) != alone);
}

TEST_CASE_METHOD(VisualizationFixture,
                 "after a restart a unit is loaded without a step, and computed again to its bytes",
                 "[engine][visualization]") {
  const std::string before = Finish(Spec({3}))->Bytes(3);
  Restart();
  const auto loaded = Finish(Spec({3}));
  CHECK(loaded->Bytes(3) == before);
  CHECK(loaded->results.at(3).status.from_store);
  CHECK(loaded->progress.empty());
  CHECK(Finish(Spec({3}), VisualizationMode::kGenerate)->Bytes(3) == before);
  CHECK(engine->Statistics().visualizations.store.entries == 1);
}

TEST_CASE_METHOD(VisualizationFixture,
                 "what cannot be visualized is refused, and the text says why",
                 "[engine][visualization]") {
  const auto refused = [&](const std::function<void(VisualizationSpec&)>& change) {
    VisualizationSpec spec = Spec({0});
    change(spec);
    return Refused(std::move(spec));
  };
  using Code = absl::StatusCode;
  CHECK_STATUS(refused([](auto& spec) { spec.network = "nett"; }), Code::kNotFound, "\"net\"");
  CHECK_STATUS(refused([](auto& spec) { spec.layer = "layer11"; }), Code::kNotFound,
               "spec.layer \"layer11\"");
  CHECK_STATUS(refused([](auto& spec) { spec.layer = "input"; }), Code::kFailedPrecondition,
               "spec.layer: \"input\" cannot be visualized");
  CHECK_STATUS(refused([](auto& spec) { spec.units = {8}; }), Code::kOutOfRange, "spec.units");
  CHECK_STATUS(refused([](auto& spec) { spec.units = {}; }), Code::kInvalidArgument,
               "spec.units: name units, or set all_units; the layer has 8");
  CHECK_STATUS(refused([](auto& spec) { spec.steps = -1; }), Code::kInvalidArgument, "spec.steps");
  CHECK_STATUS(refused([](auto& spec) { spec.height = 1 << 20; }), Code::kInvalidArgument,
               "spec.height");
  CHECK_STATUS(refused([](auto& spec) { spec.numerics = Numerics::kBFloat16; }),
               Code::kFailedPrecondition, "spec.numerics");
  CHECK_STATUS(refused([](auto& spec) { spec.expected_digest = std::string(64, 'a'); }),
               Code::kFailedPrecondition, "digest");
  CHECK_STATUS(refused([](auto& spec) {
                 spec.start = DatasetImageRef{"none", 1};
               }),
               Code::kNotFound, "spec.start.dataset_image");
  CHECK_STATUS(refused([](auto& spec) {
                 MacoMethod maco;
                 maco.magnitude_dataset = "none";
                 spec.method = maco;
               }),
               Code::kNotFound, "spec.maco.magnitude_dataset");
  CHECK_STATUS(refused([](auto& spec) { spec.quality_dataset = "none"; }), Code::kNotFound,
               "spec.quality_dataset");
  CHECK_STATUS(refused([](auto& spec) {
                 spec.objective.group.images = 2;
                 spec.quality_dataset = "none";
               }),
               Code::kInvalidArgument, "spec.quality_dataset");
  CHECK_STATUS(refused([](auto& spec) {
                 spec.objective.terms = {{DirectionTerm{"", {1, 2}, 0}, 1}};
               }),
               Code::kInvalidArgument, "spec.objective.terms[0]");
  CHECK_STATUS(refused([](auto& spec) {
                 spec.objective.group.images = 2;
                 spec.numerics = Numerics::kExact;
               }),
               Code::kInvalidArgument, "spec.numerics");
}

TEST_CASE_METHOD(VisualizationFixture, "a request is served between two slices of a job",
                 "[engine][visualization]") {
  const StartedVisualization started = Start(Spec({0, 1}, 100000));
  REQUIRE(device->RunOne());  // prepares
  ActivationQuery query;
  query.input = ZerosInput{};
  const auto sink = Activations(query);
  host->RunAll();
  REQUIRE(device->size() == 2);  // a slice that was posted before, and the pass
  REQUIRE(device->RunOne());
  CHECK_FALSE(sink->status.has_value());
  REQUIRE(device->RunOne());
  REQUIRE(sink->status.has_value());
  CHECK(sink->status->ok());
  const auto job = jobs().Get(started.job.id);
  REQUIRE_OK(job);
  CHECK(job->state == JobState::kRunning);
  CHECK(job->units[0].step > 0);
  CHECK(engine->Statistics().visualizations.running_jobs == 1);
}

TEST_CASE_METHOD(VisualizationFixture, "a cancelled job takes no further step and lets all go",
                 "[engine][visualization]") {
  const StartedVisualization started = Start(Spec({0, 1}, 100000));
  const auto sink = Watch(started.job.id);
  REQUIRE(device->RunOne());
  REQUIRE(device->RunOne());
  REQUIRE(jobs().Get(started.job.id)->units[0].step > 0);
  REQUIRE_OK(jobs().Cancel({started.ticket}));
  RunAll();
  const auto job = jobs().Get(started.job.id);
  REQUIRE_OK(job);
  CHECK(job->state == JobState::kCancelled);
  CHECK(job->units[0].state == UnitState::kWaiting);
  CHECK(sink->status.has_value());
  CHECK(engine->Statistics().visualizations.running_jobs == 0);
  CHECK(engine->Statistics().visualizations.watchers == 0);
}

TEST_CASE_METHOD(VisualizationFixture, "stopping keeps the units that are done and tells watchers",
                 "[engine][visualization]") {
  Restart(1);  // one unit after the other
  const VisualizationSpec spec = Spec({0, 1, 2}, 40);
  const StartedVisualization started = Start(spec);
  const auto sink = Watch(started.job.id);
  while (jobs().Get(started.job.id)->counts.done == 0) {
    REQUIRE(device->RunOne());
    host->RunAll();
  }
  jobs().Stop();
  REQUIRE(sink->status.has_value());
  CHECK(absl::IsUnavailable(*sink->status));
  CHECK(absl::IsUnavailable(Refused(spec)));
  Restart(1);
  const StartedVisualization again = Start(spec);
  CHECK(again.job.counts.done == 1);
  CHECK(again.job.units[0].from_store);
}

TEST_CASE_METHOD(VisualizationFixture, "each method runs, also from a picture",
                 "[engine][visualization]") {
  MacoMethod maco;
  maco.crops = 2;
  for (const VisualizationMethod& method :
       {VisualizationMethod(FourierMethod{}), VisualizationMethod(RobustMethod{}),
        VisualizationMethod(maco)}) {
    VisualizationSpec spec = Spec({2}, 4);
    spec.method = method;
    INFO("method " << method.index());
    const auto noise = Finish(spec);
    CHECK(noise->results.at(2).status.state == UnitState::kDone);
    spec.start = TensorInput(Picture(1));
    const StartedVisualization started = Start(spec);
    CHECK(std::holds_alternative<InputByDigest>(started.job.spec.start));
    const auto sink = Watch(started.job.id);
    RunAll();
    CHECK(sink->Bytes(2) != noise->Bytes(2));
    CHECK(Start(started.job.spec).job.counts.done == 1);  // the echo is the same question
  }
}

TEST_CASE_METHOD(VisualizationFixture, "a class, and several images of one unit",
                 "[engine][visualization]") {
  VisualizationSpec spec = Spec({4}, 3);
  spec.layer = "fc";
  CHECK(Finish(spec)->results.at(4).quality.objective != 0);
  spec = Spec({4, 5}, 3);
  spec.objective.group.images = 3;
  spec.objective.group.diversity = 1;
  const StartedVisualization started = Start(spec);
  RunAll();
  CHECK(jobs().Get(started.job.id)->state == JobState::kSucceeded);
}

}  // namespace
}  // namespace deepvision
