#include "server/lifecycle/server.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
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
#include "server/rpc/visualization_service.h"

namespace deepvision {
namespace {

// Time that cancelled calls get to end: as long as one operator of the engine.
constexpr absl::Duration kCancelGrace = absl::Seconds(5);
constexpr absl::Duration kGoodbye = absl::Milliseconds(500);

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
    : options_(std::move(options)),
      calls_(std::move(report)),
      health_(std::make_shared<HealthReporter>(engine)) {
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
  if (engine->visualizations() != nullptr) {
    services_.push_back(MakeVisualizationService(context_));
  }
  admin_actions_ = options_.admin;
  // The engine may tell it when this server is gone.
  admin_actions_.on_reloaded = [weak = std::weak_ptr<HealthReporter>(health_)] {
    if (const auto health = weak.lock()) health->Refresh();
  };
}

std::vector<std::string> Server::ServiceNames() const {
  std::vector<std::string> names = {"deepvision.v1.NetworkService", "deepvision.v1.DatasetService",
                                    "deepvision.v1.ActivationService",
                                    "deepvision.v1.ServerService"};
  if (context_.engine->visualizations() != nullptr) {
    names.push_back("deepvision.v1.VisualizationService");
  }
  return names;
}

absl::Status Server::Listen() {
  DV_RETURN_IF_ERROR(ListenForClients());
  return options_.admin_listen.empty() ? absl::OkStatus() : ListenForAdmins();
}

absl::Status Server::ListenForClients() {
  grpc::ServerBuilder builder;
  auto credentials = grpc::InsecureServerCredentials();
  if (options_.doors.tls != nullptr) credentials = options_.doors.tls;
  builder.AddListeningPort(options_.listen, credentials, &clients_.port);
  for (const auto& service : services_) builder.RegisterService(service.get());
  std::vector<std::string> names = ServiceNames();
  if (context_.gatekeeper != nullptr && context_.gatekeeper->knows_admins()) {
    AddAdminService(&builder, &clients_, &names);
  }
  return Build(&builder, Door::kService, "listen", options_.listen, names, &clients_);
}

absl::Status Server::ListenForAdmins() {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options_.admin_listen, grpc::InsecureServerCredentials(), &admins_.port);
  std::vector<std::string> names;
  AddAdminService(&builder, &admins_, &names);
  return Build(&builder, Door::kAdmin, "admin_listen", options_.admin_listen, names, &admins_);
}

void Server::AddAdminService(grpc::ServerBuilder* builder, Listener* listener,
                             std::vector<std::string>* names) {
  if (admin_thread_ == nullptr) {
    admin_thread_ = std::make_unique<ThreadExecutor>(ThreadExecutor::Options{1, 1, 1});
  }
  listener->admin = MakeAdminService(context_, admin_actions_, *admin_thread_);
  builder->RegisterService(listener->admin.get());
  names->push_back("deepvision.v1.AdminService");
}

absl::Status Server::Build(grpc::ServerBuilder* builder, Door door, absl::string_view flag,
                           const std::string& address, const std::vector<std::string>& names,
                           Listener* listener) {
  SetConnectionLimits({options_.max_request_bytes, options_.max_concurrent_streams}, builder);
  if (context_.gatekeeper != nullptr) {
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> guards;
    guards.push_back(MakePluginGuard(context_.gatekeeper, door));
    builder->experimental().SetInterceptorCreators(std::move(guards));
  }
  listener->server = builder->BuildAndStart();
  if (listener->server == nullptr || listener->port == 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address,
                     ": the address is in use or is none of this machine; stop the other server "
                     "or choose another --",
                     flag));
  }
  health_->Add(listener->server->GetHealthCheckService(), names);
  return absl::OkStatus();
}

void Server::Drain(absl::Time deadline) {
  health_->Stop();
  calls_.StopAccepting();
  // A job outlives any patience: what it has done is kept, its watchers are told.
  if (auto* const jobs = context_.engine->visualizations()) jobs->Stop();
  calls_.WaitUntilIdle(deadline);
  // A connection that is closed at once may lose the end of its last call: its client
  // gets a moment to take that. What is left then, health watchers among it, is cancelled.
  const absl::Time goodbye = std::min(deadline, absl::Now() + kGoodbye);
  for (Listener* listener : {&clients_, &admins_}) {
    if (listener->server != nullptr) listener->server->Shutdown(absl::ToChronoTime(goodbye));
  }
  calls_.WaitUntilIdle(absl::Now() + kCancelGrace);
}

Server::~Server() {
  Drain(absl::Now());
  clients_.server.reset();
  admins_.server.reset();
}

}  // namespace deepvision
