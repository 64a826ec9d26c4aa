#include "core/api/engine.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/sin.h>

#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "core/api/error.h"
#include "tests/core/engine/engine_fixture.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

TEST_CASE_METHOD(EngineFixture, "every layer of the topology is streamed, in execution order",
                 "[engine]") {
  const auto engine = MakeEngine(Manifest());
  std::shared_ptr<const Topology> topology;
  engine->GetTopology({"net"}, {}, [&](auto result) {
    REQUIRE_OK(result);
    topology = *result;
  });
  const auto sink = Stream(*engine, {.input = TensorInput(Picture(0))});
  REQUIRE_OK(*sink->status);
  std::set<std::string> expected;
  for (const TopologyNode& node : topology->nodes) {
    if (node.data_kind != DataKind::kNone) expected.insert(node.id);
  }
  CHECK(expected == std::set<std::string>(sink->order.begin(), sink->order.end()));
  REQUIRE(sink->order.size() == sink->header.layers.size());
  for (size_t i = 0; i < sink->order.size(); ++i) {
    CHECK(sink->header.layers[i].id == sink->order[i]);
    CHECK(sink->header.layers[i].byte_count == sink->layers[sink->order[i]].data.bytes.size());
  }
}

TEST_CASE_METHOD(EngineFixture, "layers and scores equal what the module itself computes",
                 "[engine]") {
  const auto engine = MakeEngine(Manifest());
  ActivationQuery query{.input = TensorInput(Picture(1))};
  query.layers = {{"stem", {}}, {"fc", {}}};
  query.prediction = true;
  const auto sink = Stream(*engine, std::move(query));
  REQUIRE_OK(*sink->status);
  const auto file = ModelFile::Open(ModelPath(), "");
  REQUIRE_OK(file);
  const at::Tensor scores = sink->Tensor("fc");
  CHECK(scores.sizes() == c10::IntArrayRef{10});
  REQUIRE(sink->prediction);
  const ClassScore& best = sink->prediction->classes.at(0);
  CHECK(best.index == scores.argmax().item<int64_t>());
  CHECK(best.logit == scores.max().item<float>());
  CHECK(sink->Tensor("stem").sizes() == c10::IntArrayRef{8, kSide, kSide});
}

TEST_CASE_METHOD(EngineFixture, "a layer leaves before the next one is computed", "[engine]") {
  const auto engine = MakeEngine(Manifest());
  CancellationToken token;
  auto sink = std::make_shared<CollectingSink>();
  // Nothing is computed after the first layer has arrived, so it cannot have
  // waited for the last one.
  sink->on_layer = [&] { token.Cancel(); };
  ActivationQuery query{.network = "net", .input = TensorInput(Picture(0))};
  query.layers = {{"fc", {}}, {"stem", {}}};
  engine->StreamActivations(query, sink, token);
  CHECK(sink->order == std::vector<std::string>{"stem"});
  CHECK_STATUS(*sink->status, absl::StatusCode::kCancelled, "cancelled");
}

TEST_CASE_METHOD(EngineFixture, "one request is one piece of work for the device", "[engine]") {
  auto owned = std::make_unique<ManualExecutor>();
  ManualExecutor& device = *owned;
  const auto engine = MakeEngine(Manifest(), std::move(owned));
  while (device.RunOne()) {
  }
  const auto sink = Stream(*engine, {.input = TensorInput(Picture(0)), .prediction = true});
  CHECK_FALSE(sink->status);
  CHECK(device.RunOne());
  REQUIRE(sink->status);
  REQUIRE_OK(*sink->status);
  CHECK_FALSE(device.RunOne());
}

#ifndef __SANITIZE_ADDRESS__  // which has a heap of its own
TEST_CASE_METHOD(EngineFixture, "the memory of tensors is counted while they live", "[engine]") {
  constexpr uint64_t kBytes = uint64_t{100} << 20;
  // The figure is the whole heap's, where the engine's other threads let go of
  // small pieces at the same time.
  constexpr uint64_t kOfOthers = uint64_t{1} << 20;
  const auto engine = MakeEngine(Manifest(), std::make_unique<ManualExecutor>());
  const uint64_t before = engine->Statistics().device_memory_bytes;
  std::optional<at::Tensor> tensor =
      at::arange(static_cast<int64_t>(kBytes / sizeof(float)), at::TensorOptions(at::kFloat));
  CHECK(engine->Statistics().device_memory_bytes + kOfOthers >= before + kBytes);
  tensor.reset();
  CHECK(engine->Statistics().device_memory_bytes < before + kOfOthers);
}
#endif

TEST_CASE_METHOD(EngineFixture, "requests that wait when the engine stops are answered",
                 "[engine]") {
  auto owned = std::make_unique<ManualExecutor>();
  ManualExecutor& device = *owned;
  auto engine = MakeEngine(Manifest(), std::move(owned));
  while (device.RunOne()) {
  }
  const auto sink = Stream(*engine, {.input = TensorInput(Picture(0))});
  engine.reset();
  REQUIRE(sink->status);
  CHECK_STATUS(*sink->status, absl::StatusCode::kUnavailable, "stopping");
}

TEST_CASE_METHOD(EngineFixture, "a network that is still loading says so, or is waited for",
                 "[engine]") {
  auto owned = std::make_unique<ManualExecutor>();
  ManualExecutor& device = *owned;
  const auto engine = MakeEngine(Manifest(), std::move(owned));
  const auto refused = Stream(*engine, {.input = TensorInput(Picture(0))});
  CHECK_STATUS(*refused->status, absl::StatusCode::kUnavailable, "wait_until_ready");
  CHECK(GetErrorDetails(*refused->status).retry_after);
  const auto waiting =
      Stream(*engine, {.input = TensorInput(Picture(0)), .wait_until_ready = true});
  while (device.RunOne()) {
  }
  REQUIRE(waiting->status);
  REQUIRE_OK(*waiting->status);
}

TEST_CASE_METHOD(EngineFixture,
                 "unknown names are answered with the nearest ones, and the next "
                 "request is served",
                 "[engine]") {
  const auto engine = MakeEngine(Manifest());
  CHECK_STATUS(engine->GetNetwork("nat"), absl::StatusCode::kNotFound, "\"net\"");
  ActivationQuery query{.input = TensorInput(Picture(0))};
  query.layers = {{"layer1.bn", {}}};
  const auto sink = Stream(*engine, query);
  CHECK_STATUS(*sink->status, absl::StatusCode::kNotFound, "layer1.bn");
  CHECK(sink->order.empty());
  query.layers = {{"layer7.*", {}}};
  CHECK_STATUS(*Stream(*engine, query)->status, absl::StatusCode::kNotFound, "layer7.*");
  query.layers = {{"layer1*", {}}};
  REQUIRE_OK(*Stream(*engine, query)->status);
}

TEST_CASE_METHOD(EngineFixture, "a tensor of another size is a specialisation of its own",
                 "[engine]") {
  const auto engine = MakeEngine(Manifest());
  const at::Tensor large =
      at::sin(at::arange(3 * 32 * 24).to(c10::ScalarType::Float)).view({1, 3, 32, 24});
  ActivationQuery query{.input = TensorInput(large)};
  query.layers = {{"stem", {}}};
  const auto sink = Stream(*engine, query);
  REQUIRE_OK(*sink->status);
  CHECK(sink->layers["stem"].data.shape == Shape{8, 32, 24});
  CHECK_FALSE(engine->GetNetwork("net")->fixed_input_size);
}

TEST_CASE_METHOD(EngineFixture, "a file that cannot be opened is a FAILED network with a reason",
                 "[engine]") {
  folder().Write("broken.pt", "this is no zip archive");
  NetworkManifest manifest = Manifest();
  manifest.model_file = (folder().path() / "broken.pt").string();
  const auto engine = MakeEngine(manifest);
  const NetworkInfo info = *engine->GetNetwork("net");
  CHECK(info.state == NetworkState::kFailed);
  CHECK(absl::StrContains(info.failure, "no TorchScript archive"));
  CHECK_FALSE(absl::StrContains(info.failure, folder().path().string()));
  CHECK_STATUS(*Stream(*engine, {.input = TensorInput(Picture(0))})->status,
               absl::StatusCode::kFailedPrecondition, "failed to load");
}

TEST_CASE_METHOD(EngineFixture,
                 "a wrong checksum, and class names that do not fit, fail the "
                 "network",
                 "[engine]") {
  NetworkManifest manifest = Manifest();
  manifest.sha256 = std::string(64, '0');
  CHECK(absl::StrContains(MakeEngine(manifest)->GetNetwork("net")->failure, "SHA-256"));
  manifest = Manifest();
  manifest.class_names = {"a", "b"};
  CHECK(absl::StrContains(MakeEngine(manifest)->GetNetwork("net")->failure, "2 classes"));
}

TEST_CASE_METHOD(EngineFixture, "without a manifest the input is guessed, and said so",
                 "[engine]") {
  NetworkManifest manifest = Manifest();
  manifest.preprocessing = {};
  const NetworkInfo info = *MakeEngine(manifest)->GetNetwork("net");
  REQUIRE(info.state == NetworkState::kReady);
  CHECK(info.input.guessed);
  CHECK(info.input.channels == 3);
  CHECK(info.input.height == 224);
  CHECK(info.task == Task::kClassification);
  CHECK(info.score_activation == ScoreActivation::kSoftmax);
}

TEST_CASE_METHOD(EngineFixture, "an expected digest that differs refuses the request", "[engine]") {
  const auto engine = MakeEngine(Manifest());
  ActivationQuery query{.input = TensorInput(Picture(0))};
  query.expected_digest = std::string(64, 'a');
  const auto sink = Stream(*engine, query);
  CHECK_STATUS(*sink->status, absl::StatusCode::kFailedPrecondition, "digest");
  CHECK(GetErrorDetails(*sink->status).reason == "NETWORK_CHANGED");
}

TEST_CASE_METHOD(EngineFixture, "weights and their histograms are those of the file", "[engine]") {
  const auto engine = MakeEngine(Manifest());
  engine->GetWeights({"net", "fc"}, {}, [](auto result) {
    REQUIRE_OK(result);
    REQUIRE(result->size() == 2);
    CHECK(result->at(0).name == "fc.weight");
    CHECK(result->at(0).shape == Shape{10, 16});
    CHECK(result->at(0).bytes.size() == 640);
  });
  HistogramQuery query{.network = "net"};
  query.layers = {"fc"};
  engine->GetHistograms(query, {}, [](auto result) {
    REQUIRE_OK(result);
    REQUIRE(result->size() == 1);
    uint64_t total = 0;
    for (const uint64_t count : result->at(0).counts) total += count;
    CHECK(total == 160);
    CHECK(result->at(0).parameter == "fc.weight");
  });
}

}  // namespace
}  // namespace deepvision
