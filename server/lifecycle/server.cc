#include "server/lifecycle/server.h"

#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <mutex>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "grpc/health/v1/health.pb.h"
#include "server/rpc/activation_service.h"
#include "server/rpc/dataset_service.h"
#include "server/rpc/network_service.h"
#include "server/rpc/server_service.h"

namespace deepvision {
namespace {

// What a request may hold beside its largest field.
constexpr uint64_t kRequestOverheadBytes = 64 << 10;
// Requests being received, over all connections: a back-stop.
constexpr size_t kReceiveBufferBytes = size_t{1} << 30;
// Time that cancelled calls get to end: as long as one operator of the engine.
constexpr absl::Duration kCancelGrace = absl::Seconds(5);

// gRPC keeps its plugins in the process: once is enough, and twice is wrong.
void RegisterPlugins() {
  static std::once_flag once;
  std::call_once(once, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    // gRPC serves health without its descriptor; reflection needs it.
    grpc::health::v1::HealthCheckRequest::descriptor();
  });
}

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

// Times that find dead clients, and pings that clients may send.
void SetConnectionLimits(grpc::ServerBuilder* builder) {
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 100);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(absl::Seconds(30)));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(absl::Seconds(20)));
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              Milliseconds(absl::Seconds(10)));
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, Milliseconds(absl::Minutes(30)));
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                              Milliseconds(absl::Seconds(10)));
  grpc::ResourceQuota quota("deepvision");
  quota.Resize(kReceiveBufferBytes);
  builder->SetResourceQuota(quota);
}

}  // namespace

std::string ServerVersion() { return DEEPVISION_VERSION; }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerOptions options, Engine* engine,
                                                      CallTracker::Report report) {
  RegisterPlugins();
  auto server = absl::WrapUnique(new Server(std::move(options), engine, std::move(report)));
  DV_RETURN_IF_ERROR(server->Listen());
  return server;
}

Server::Server(ServerOptions options, Engine* engine, CallTracker::Report report)
    : options_(std::move(options)), calls_(std::move(report)) {
  context_.engine = engine;
  context_.calls = &calls_;
  context_.stream = options_.stream;
  context_.version = ServerVersion();
  context_.max_request_bytes = options_.max_request_bytes;
  context_.max_message_bytes = options_.max_message_bytes;
  context_.start = absl::Now();
  services_.push_back(MakeNetworkService(context_));
  services_.push_back(MakeDatasetService(context_));
  services_.push_back(MakeActivationService(context_));
  services_.push_back(MakeServerService(context_));
}

std::vector<std::string> Server::ServiceNames() const {
  return {"deepvision.v1.NetworkService", "deepvision.v1.DatasetService",
          "deepvision.v1.ActivationService", "deepvision.v1.ServerService"};
}

absl::Status Server::Listen() {
  grpc::ServerBuilder builder;
  SetConnectionLimits(&builder);
  builder.SetMaxReceiveMessageSize(
      static_cast<int>(options_.max_request_bytes + kRequestOverheadBytes));
  builder.AddListeningPort(options_.listen, grpc::InsecureServerCredentials(), &port_);
  for (const auto& service : services_) builder.RegisterService(service.get());
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", options_.listen,
                     ": the address is in use or is none of this machine; stop the other server "
                     "or choose another --listen"));
  }
  health_ = std::make_unique<HealthReporter>(server_->GetHealthCheckService(), context_.engine,
                                             ServiceNames());
  return absl::OkStatus();
}

void Server::Drain(absl::Time deadline) {
  health_->Stop();
  calls_.StopAccepting();
  calls_.WaitUntilIdle(deadline);
  // What is left, health watchers among it, is cancelled.
  server_->Shutdown(absl::ToChronoTime(absl::Now()));
  calls_.WaitUntilIdle(absl::Now() + kCancelGrace);
}

Server::~Server() {
  if (health_ != nullptr) Drain(absl::Now());
  health_.reset();
  server_.reset();
}

}  // namespace deepvision
