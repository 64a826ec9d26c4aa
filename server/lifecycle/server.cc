#include "server/lifecycle/server.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "server/lifecycle/grpc_setup.h"
#include "server/lifecycle/plugin_guard.h"
#include "server/rpc/activation_service.h"
#include "server/rpc/dataset_service.h"
#include "server/rpc/network_service.h"
#include "server/rpc/server_service.h"

namespace deepvision {
namespace {

// Time that cancelled calls get to end: as long as one operator of the engine.
constexpr absl::Duration kCancelGrace = absl::Seconds(5);

}  // namespace

std::string ServerVersion() { return DEEPVISION_VERSION; }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerOptions options, Engine* engine,
                                                      CallTracker::Report report) {
  RegisterPlugins(options.channelz);
  auto server = absl::WrapUnique(new Server(std::move(options), engine, std::move(report)));
  DV_RETURN_IF_ERROR(server->Listen());
  return server;
}

Server::Server(ServerOptions options, Engine* engine, CallTracker::Report report)
    : options_(std::move(options)), calls_(std::move(report)) {
  context_.engine = engine;
  context_.calls = &calls_;
  context_.gatekeeper = options_.doors.gatekeeper.get();
  context_.stream = options_.stream;
  context_.version = ServerVersion();
  context_.max_request_bytes = options_.max_request_bytes;
  context_.max_message_bytes = options_.max_message_bytes;
  context_.max_layers_per_request = options_.max_layers_per_request;
  context_.max_concurrent_streams = options_.max_concurrent_streams;
  context_.max_upload_bytes = engine->Info().max_upload_bytes;
  context_.uploads = std::make_shared<ByteBudget>(2 * context_.max_upload_bytes);
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

std::shared_ptr<grpc::ServerCredentials> Server::Credentials() const {
  if (options_.doors.tls != nullptr) return options_.doors.tls;
  return grpc::InsecureServerCredentials();
}

void Server::AddGuard(grpc::ServerBuilder* builder, Door door) const {
  if (context_.gatekeeper == nullptr) return;
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> guards;
  guards.push_back(MakePluginGuard(context_.gatekeeper, door));
  builder->experimental().SetInterceptorCreators(std::move(guards));
}

absl::Status Server::Listen() {
  grpc::ServerBuilder builder;
  SetConnectionLimits({options_.max_request_bytes, options_.max_concurrent_streams}, &builder);
  AddGuard(&builder, Door::kService);
  builder.AddListeningPort(options_.listen, Credentials(), &port_);
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
