#include "core/engine/network_list.h"
#include "tests/core/engine/engine_fixture.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

using Changes = std::vector<NetworkChange>;

Changes Replace(Engine& engine, std::vector<NetworkManifest> manifests) {
  Changes changes;
  engine.ReplaceNetworks(std::move(manifests), [&](absl::StatusOr<Changes> result) {
    REQUIRE_OK(result);
    changes = *std::move(result);
  });
  return changes;
}

NetworkManifest Renamed(NetworkManifest manifest, const std::string& id) {
  manifest.id = id;
  return manifest;
}

TEST_CASE_METHOD(EngineFixture, "a reload without a change leaves networks and caches alone",
                 "[engine][reload]") {
  const auto engine = MakeEngine(Manifest());
  REQUIRE_OK(*Stream(*engine, {.input = TensorInput(Picture(0))})->status);
  const uint64_t cached = engine->Statistics().activations.entries;
  CHECK(cached > 0);
  const Changes changes = Replace(*engine, {Manifest()});
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].kind == NetworkChangeKind::kUnchanged);
  CHECK(engine->Statistics().activations.entries == cached);
}

TEST_CASE_METHOD(EngineFixture, "a reload opens new networks and drops those nobody names",
                 "[engine][reload]") {
  const auto engine = MakeEngine(Manifest());
  REQUIRE_OK(*Stream(*engine, {.input = TensorInput(Picture(0))})->status);
  const Changes changes = Replace(*engine, {Renamed(Manifest(), "other")});
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].network == "other");
  CHECK(changes[0].kind == NetworkChangeKind::kAdded);
  CHECK(changes[1].network == "net");
  CHECK(changes[1].kind == NetworkChangeKind::kRemoved);
  CHECK(engine->GetNetwork("other")->state == NetworkState::kReady);
  CHECK_STATUS(engine->GetNetwork("net"), absl::StatusCode::kNotFound, "\"other\"");
  CHECK(engine->Statistics().activations.entries == 0);
}

TEST_CASE_METHOD(EngineFixture,
                 "a changed manifest, a changed file and a failed network open again",
                 "[engine][reload]") {
  const auto engine = MakeEngine(Manifest());
  NetworkManifest titled = Manifest();
  titled.title = "another title";
  CHECK(Replace(*engine, {titled}).at(0).kind == NetworkChangeKind::kReplaced);
  CHECK(engine->GetNetwork("net")->title == "another title");

  const std::string digest = engine->GetNetwork("net")->digest;
  std::ofstream(ModelPath(), std::ios::binary | std::ios::app) << "changed";
  CHECK(Replace(*engine, {titled}).at(0).kind == NetworkChangeKind::kReplaced);
  CHECK(engine->GetNetwork("net")->digest != digest);

  std::ofstream(ModelPath(), std::ios::binary) << "no network";
  Replace(*engine, {titled});
  CHECK(engine->GetNetwork("net")->state == NetworkState::kFailed);
  CHECK(Replace(*engine, {titled}).at(0).kind == NetworkChangeKind::kReplaced);
}

TEST_CASE_METHOD(EngineFixture, "a request that waits keeps the network that a reload removes",
                 "[engine][reload]") {
  auto device = std::make_unique<ManualExecutor>();
  ManualExecutor& manual = *device;
  const auto engine = MakeEngine(Manifest(), std::move(device));
  manual.RunAll();
  const auto sink = Stream(*engine, {.input = TensorInput(Picture(0))});
  Replace(*engine, {});
  CHECK_FALSE(engine->GetNetwork("net").ok());
  manual.RunAll();
  REQUIRE_OK(*sink->status);
  CHECK(engine->Statistics().activations.entries == 0);  // nobody could use them
}

TEST_CASE_METHOD(EngineFixture, "clearing the cache frees what it holds", "[engine][reload]") {
  const auto engine = MakeEngine(Manifest());
  REQUIRE_OK(*Stream(*engine, {.input = TensorInput(Picture(0))})->status);
  engine->ClearCache(CacheScope::kInputs);
  CHECK(engine->Statistics().activations.bytes > 0);
  engine->ClearCache(CacheScope::kActivations);
  CHECK(engine->Statistics().activations.bytes == 0);
}

}  // namespace
}  // namespace deepvision
