#include "tests/integration/real_server.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "core/engine/create_engine.h"
#include "tests/integration/small_network.h"

namespace deepvision {
namespace {

constexpr int kSide = 256;

NetworkManifest Manifest(const std::string& path) {
  NetworkManifest manifest;
  manifest.id = "net";
  manifest.model_file = path;
  manifest.preprocessing.height = kSide;
  manifest.preprocessing.width = kSide;
  return manifest;
}

std::unique_ptr<Engine> MakeEngine(const std::string& path, uint32_t max_queued_requests) {
  SaveSmallNetwork(path);
  EngineOptions options;
  options.networks = {Manifest(path)};
  options.threads = 1;
  options.max_queued_requests = max_queued_requests;
  auto engine = CreateEngine(std::move(options));
  REQUIRE(engine.ok());
  return *std::move(engine);
}

void WaitUntilReady(Engine& engine) {
  absl::Notification settled;
  NetworkState state = NetworkState::kLoading;
  engine.WaitForNetwork("net", {}, [&](absl::StatusOr<NetworkInfo> info) {
    if (info.ok()) state = info->state;
    settled.Notify();
  });
  settled.WaitForNotification();
  REQUIRE(state == NetworkState::kReady);
}

}  // namespace

bool Eventually(const std::function<bool()>& condition) {
  const absl::Time latest = absl::Now() + absl::Seconds(20);
  while (!condition()) {
    if (absl::Now() > latest) return false;
    absl::SleepFor(absl::Milliseconds(1));
  }
  return true;
}

RealServer::RealServer(StreamOptions stream, uint32_t max_queued_requests)
    : engine_(MakeEngine((folder_.path() / "net.pt").string(), max_queued_requests)) {
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.stream = stream;
  auto server = Server::Start(options, engine_.get(),
                              [this](const CallSummary& summary) { recorder_.Add(summary); });
  REQUIRE(server.ok());
  server_ = *std::move(server);
  channel_ = grpc::CreateChannel(address(), grpc::InsecureChannelCredentials());
  WaitUntilReady(*engine_);
}

std::string RealServer::address() const { return absl::StrCat("127.0.0.1:", server_->port()); }

std::string RealServer::Counters() const {
  const EngineStatistics engine = engine_->Statistics();
  return absl::StrCat("live calls ", server_->calls().live_calls(), ", buffers ",
                      server_->buffers().buffers.load(), " of ", server_->buffers().bytes.load(),
                      " bytes; queues ", engine.interactive_queue, " ", engine.background_queue,
                      " ", engine.host_queue, ", reading files ", engine.reading_files, ", budget ",
                      engine.budget_bytes, ", encoded buffers ", engine.live_buffers, " of ",
                      engine.live_buffer_bytes, " bytes, busy cores ", engine.busy_cores);
}

bool RealServer::ComesToRest() const {
  return Eventually([this] {
    const EngineStatistics engine = engine_->Statistics();
    return server_->calls().live_calls() == 0 && server_->buffers().buffers == 0 &&
           server_->buffers().bytes == 0 && engine.interactive_queue == 0 &&
           engine.background_queue == 0 && engine.host_queue == 0 && engine.reading_files == 0 &&
           engine.budget_bytes == 0 && engine.live_buffers == 0 && engine.live_buffer_bytes == 0 &&
           engine.busy_cores == 0;
  });
}

}  // namespace deepvision
