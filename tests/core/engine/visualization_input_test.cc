// A finished visualization as the input of other calls.
#include <string>

#include "core/api/error.h"
#include "tests/core/engine/visualization_fixture.h"

namespace deepvision {
namespace {

ActivationQuery LayerOf(const std::string& layer, Input input) {
  ActivationQuery query;
  query.layers = {{layer, {}}};
  query.input = std::move(input);
  return query;
}

TEST_CASE_METHOD(VisualizationFixture, "a unit sees of its picture what was measured",
                 "[engine][visualization]") {
  const StartedVisualization started = Start(Spec({5}, 30));
  const auto job = Watch(started.job.id);
  RunAll();
  const auto sink = Activations(LayerOf("layer1", VisualizationRef{started.job.id, 5}));
  RunAll();
  REQUIRE(sink->status.has_value());
  REQUIRE_OK(*sink->status);
  const float seen = sink->Tensor("layer1")[5].mean().item<float>();
  CHECK(seen == Approx(job->results.at(5).quality.objective).epsilon(1e-4));
}

TEST_CASE_METHOD(VisualizationFixture, "a done unit of a running job is an input already",
                 "[engine][visualization]") {
  Restart(1);
  const StartedVisualization started = Start(Spec({0, 1}, 20));
  while (jobs().Get(started.job.id)->counts.done == 0) {
    REQUIRE(device->RunOne());
    host->RunAll();
  }
  REQUIRE(jobs().Get(started.job.id)->state == JobState::kRunning);
  const auto done = Activations(LayerOf("layer1", VisualizationRef{started.job.id, 0}));
  const auto waits = Activations(LayerOf("layer1", VisualizationRef{started.job.id, 1}));
  host->RunAll();
  REQUIRE(waits->status.has_value());
  CHECK_STATUS(*waits->status, absl::StatusCode::kFailedPrecondition, "input.visualization");
  RunAll();
  CHECK(done->status->ok());
}

TEST_CASE_METHOD(VisualizationFixture, "its digest names the image, for as long as it is kept",
                 "[engine][visualization]") {
  const StartedVisualization started = Start(Spec({5}));
  RunAll();
  const auto first = Activations(LayerOf("layer1", VisualizationRef{started.job.id, 5}));
  RunAll();
  const std::string digest = first->header.input_digest;
  CHECK(digest.size() == 64);
  const auto named = Activations(LayerOf("layer2", InputByDigest{digest}));
  RunAll();
  CHECK(named->status->ok());
  CHECK(named->header.input_digest == digest);
  VisualizationSpec other = Spec({5});
  other.seed = 7;
  const StartedVisualization second = Start(other);
  RunAll();
  const auto unlike = Activations(LayerOf("layer1", VisualizationRef{second.job.id, 5}));
  RunAll();
  CHECK(unlike->header.input_digest != digest);
}

TEST_CASE_METHOD(VisualizationFixture, "another network reads the same colours in its own numbers",
                 "[engine][visualization]") {
  const StartedVisualization started = Start(Spec({5}));
  RunAll();
  const auto tensor_for = [&](const std::string& network) {
    InputQuery query;
    query.network = network;
    query.input = VisualizationRef{started.job.id, 5};
    query.form = InputForm::kTensor;
    std::optional<absl::StatusOr<ResolvedInput>> answer;
    engine->ResolveInput(query, {}, [&](absl::StatusOr<ResolvedInput> input) { answer = input; });
    RunAll();
    REQUIRE(answer.has_value());
    REQUIRE_OK(*answer);
    const HostBuffer& bytes = (*answer)->tensor;
    std::vector<float> numbers(bytes.size() / sizeof(float));
    std::memcpy(numbers.data(), bytes.data(), bytes.size());
    return numbers;
  };
  const std::vector<float> own = tensor_for("net"), dark = tensor_for("dark");
  REQUIRE(own.size() == dark.size());
  for (const size_t i : {size_t{0}, size_t{77}, own.size() - 1}) {
    CHECK(dark[i] == Approx((own[i] - 0.5F) / 0.25F).margin(1e-5));
  }
}

TEST_CASE_METHOD(VisualizationFixture, "without a network it is the picture that people see",
                 "[engine][visualization]") {
  const StartedVisualization started = Start(Spec({5}));
  RunAll();
  InputQuery query;
  query.input = VisualizationRef{started.job.id, 5};
  query.format.encoding = ImageEncoding::kRgb8;
  std::optional<absl::StatusOr<ResolvedInput>> answer;
  engine->ResolveInput(query, {}, [&](absl::StatusOr<ResolvedInput> input) { answer = input; });
  RunAll();
  REQUIRE(answer.has_value());
  REQUIRE_OK(*answer);
  CHECK((*answer)->picture.value().width == kSide);
  CHECK((*answer)->picture.value().bytes.size() == size_t{3} * kSide * kSide);
}

TEST_CASE_METHOD(VisualizationFixture, "an unknown visualization is not found, by name and image",
                 "[engine][visualization]") {
  const StartedVisualization started = Start(Spec({5}, 2));
  RunAll();
  const auto ask = [&](VisualizationRef ref) {
    const auto sink = Activations(LayerOf("layer1", ref));
    RunAll();
    return *sink->status;
  };
  const std::string nowhere = "networks/net/visualizations/" + std::string(64, '0');
  CHECK_STATUS(ask({nowhere, 5}), absl::StatusCode::kNotFound, "input.visualization");
  CHECK_STATUS(ask({started.job.id, 6}), absl::StatusCode::kOutOfRange, "input.visualization");
  CHECK_STATUS(ask({started.job.id, 5, 1}), absl::StatusCode::kOutOfRange,
               "input.visualization.image");
}

TEST_CASE_METHOD(VisualizationFixture, "a visualization may start from another one",
                 "[engine][visualization]") {
  const StartedVisualization started = Start(Spec({5}));
  const auto first = Watch(started.job.id);
  RunAll();
  VisualizationSpec spec = Spec({6}, 2);
  spec.start = VisualizationRef{started.job.id, 5};
  CHECK(Finish(spec)->Bytes(6) != Finish(Spec({6}, 2))->Bytes(6));
}

}  // namespace
}  // namespace deepvision
