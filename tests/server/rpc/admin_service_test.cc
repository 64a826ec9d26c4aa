#include "server/rpc/admin_service.h"

#include <grpcpp/create_channel.h>

#include <atomic>
#include <future>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "deepvision/v1/admin.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/support/catch.h"
#include "tests/support/folder.h"
#include "tests/support/loopback_server.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

using Admin = v1::AdminService;

constexpr char kClient[] = "client-0123456789abcdef";
constexpr char kAdmin[] = "admin-0123456789abcdef";

std::unique_ptr<TokenFile> MakeTokens(const TestFolder& folder, const std::string& token) {
  folder.Write(token, token);
  return TokenFile::Open({"token_file", (folder.path() / token).string()}, [](absl::string_view) {})
      .value();
}

NetworkManifest Named(const std::string& id) {
  NetworkManifest manifest;
  manifest.id = id;
  return manifest;
}

// A server with an administrators' listener, whose manifests name two networks.
class AdminServer {
 public:
  explicit AdminServer(ServerOptions options = {}) {
    options.admin_listen = "127.0.0.1:0";
    options.admin.read_projects = [this] { return projects; };
    options.admin.drain = [this] { ++drains; };
    server_ = std::make_unique<LoopbackServer>(std::move(options));
    channel_ = grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->server().admin_port()),
                                   grpc::InsecureChannelCredentials());
  }

  LoopbackServer& server() { return *server_; }
  std::unique_ptr<Admin::Stub> stub() const { return Admin::NewStub(channel_); }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  absl::StatusOr<ProjectNetworks> projects =
      ProjectNetworks{{Named("tiny_resnet"), Named("new")}, {"something was left out"}};
  std::atomic<int> drains = 0;

 private:
  std::unique_ptr<LoopbackServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

grpc::StatusCode AskCaches(Admin::Stub& stub, const std::string& token) {
  const auto context = MakeContext();
  if (!token.empty()) context->AddMetadata("authorization", absl::StrCat("Bearer ", token));
  v1::GetCacheStatusResponse response;
  return stub.GetCacheStatus(context.get(), v1::GetCacheStatusRequest(), &response).error_code();
}

TEST_CASE("administration has a listener of its own and is nowhere else", "[server][admin]") {
  AdminServer server;
  CHECK(AskCaches(*server.stub(), "") == grpc::StatusCode::OK);
  CHECK(AskCaches(*server.server().Stub<Admin>(), "") == grpc::StatusCode::UNIMPLEMENTED);
}

TEST_CASE("with an administrator's token it is at the clients' door as well, for nobody else",
          "[server][admin]") {
  TestFolder folder;
  ServerOptions options;
  options.doors.gatekeeper =
      std::make_shared<const Gatekeeper>(MakeTokens(folder, kClient), MakeTokens(folder, kAdmin));
  AdminServer server(std::move(options));
  const auto own = server.stub();
  const auto clients = server.server().Stub<Admin>();
  for (Admin::Stub* stub : {own.get(), clients.get()}) {
    CHECK(AskCaches(*stub, kAdmin) == grpc::StatusCode::OK);
    CHECK(AskCaches(*stub, kClient) == grpc::StatusCode::PERMISSION_DENIED);
    CHECK(AskCaches(*stub, "") == grpc::StatusCode::UNAUTHENTICATED);
  }
}

TEST_CASE("a reload tells what became of every network", "[server][admin]") {
  AdminServer server;
  v1::ReloadProjectsResponse response;
  REQUIRE(server.stub()
              ->ReloadProjects(MakeContext().get(), v1::ReloadProjectsRequest(), &response)
              .ok());
  REQUIRE(response.changes_size() == 2);
  CHECK(response.changes(0).network() == "tiny_resnet");
  CHECK(response.changes(0).kind() == v1::NETWORK_CHANGE_KIND_UNCHANGED);
  CHECK(response.changes(1).kind() == v1::NETWORK_CHANGE_KIND_ADDED);
  REQUIRE(response.notices_size() == 1);
  CHECK(response.notices(0) == "something was left out");
}

TEST_CASE("a manifest that is not in order is told to the administrator, and changes nothing",
          "[server][admin]") {
  AdminServer server;
  server.projects = absl::InvalidArgumentError("/p/a/project.textproto:3:1: no field named \"x\"");
  v1::ReloadProjectsResponse response;
  const grpc::Status status =
      server.stub()->ReloadProjects(MakeContext().get(), v1::ReloadProjectsRequest(), &response);
  CHECK(status.error_code() == grpc::StatusCode::FAILED_PRECONDITION);
  CHECK(status.error_message().find("project.textproto:3:1") != std::string::npos);
  CHECK(DetailsOf(status.error_details()).info->reason() == "MANIFEST_NOT_IN_ORDER");
}

TEST_CASE("clearing a cache reaches the engine with its scope", "[server][admin]") {
  AdminServer server;
  v1::ClearCacheRequest request;
  v1::ClearCacheResponse response;
  REQUIRE(server.stub()->ClearCache(MakeContext().get(), request, &response).ok());
  CHECK(response.caches_size() == 2);
  request.set_scope(v1::CACHE_SCOPE_INPUTS);
  response.Clear();
  REQUIRE(server.stub()->ClearCache(MakeContext().get(), request, &response).ok());
  REQUIRE(response.caches_size() == 1);
  CHECK(response.caches(0).scope() == v1::CACHE_SCOPE_INPUTS);
  CHECK(server.server().engine().cleared() ==
        std::vector<CacheScope>{CacheScope::kAll, CacheScope::kInputs});
  request.set_scope(static_cast<v1::CacheScope>(99));
  CHECK(server.stub()->ClearCache(MakeContext().get(), request, &response).error_code() ==
        grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_CASE("a drain is asked for once and answered", "[server][admin]") {
  AdminServer server;
  v1::DrainResponse response;
  REQUIRE(server.stub()->Drain(MakeContext().get(), v1::DrainRequest(), &response).ok());
  CHECK(response.live_calls() == 0);
  CHECK(server.drains == 1);
}

TEST_CASE("a server that drains says so at the administrators' door", "[server][admin]") {
  AdminServer server;
  const auto health = grpc::health::v1::Health::NewStub(server.channel());
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("deepvision.v1.AdminService");
  grpc::health::v1::HealthCheckResponse response;
  REQUIRE(health->Check(MakeContext().get(), request, &response).ok());
  CHECK(response.status() == grpc::health::v1::HealthCheckResponse::SERVING);
  const auto context = MakeContext();
  const auto watch = health->Watch(context.get(), request);
  REQUIRE(watch->Read(&response));
  const std::future<void> drained = std::async(
      std::launch::async, [&] { server.server().server().Drain(absl::Now() + absl::Seconds(60)); });
  REQUIRE(watch->Read(&response));
  CHECK(response.status() == grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  context->TryCancel();
  watch->Finish();
}

}  // namespace
}  // namespace deepvision
