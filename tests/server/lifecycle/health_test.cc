#include "absl/time/clock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "server/lifecycle/health_probe.h"
#include "tests/support/catch.h"
#include "tests/support/loopback_server.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr auto kServing = HealthCheckResponse::SERVING;
constexpr auto kNotServing = HealthCheckResponse::NOT_SERVING;

int Check(const LoopbackServer& server, const std::string& name) {
  HealthCheckRequest request;
  request.set_service(name);
  HealthCheckResponse response;
  const grpc::Status status = server.Stub<Health>()->Check(MakeContext().get(), request, &response);
  return status.ok() ? static_cast<int>(response.status()) : -static_cast<int>(status.error_code());
}

TEST_CASE("the server, its services and its networks have a health of their own",
          "[server][lifecycle]") {
  LoopbackServer server;
  CHECK(Check(server, "") == kServing);
  for (const char* service : {"deepvision.v1.NetworkService", "deepvision.v1.DatasetService",
                              "deepvision.v1.ActivationService", "deepvision.v1.ServerService",
                              "deepvision.v1.VisualizationService"}) {
    CHECK(Check(server, service) == kServing);
  }
  CHECK(Check(server, "networks/tiny_resnet") == kServing);
  CHECK(Check(server, "networks/loading") == kNotServing);
  CHECK(Check(server, "networks/broken") == kNotServing);
  CHECK(Check(server, "networks/nope") == -static_cast<int>(grpc::StatusCode::NOT_FOUND));
}

TEST_CASE("a network becomes SERVING when it has loaded", "[server][lifecycle]") {
  LoopbackServer server;
  HealthCheckRequest request;
  request.set_service("networks/loading");
  const auto context = MakeContext();
  const auto stub = server.Stub<Health>();
  const auto reader = stub->Watch(context.get(), request);
  HealthCheckResponse response;
  REQUIRE(reader->Read(&response));
  CHECK(response.status() == kNotServing);
  server.engine().FinishLoading();
  REQUIRE(reader->Read(&response));
  CHECK(response.status() == kServing);
  context->TryCancel();
  reader->Finish();
}

TEST_CASE("the probe tells a serving server from none", "[server][lifecycle]") {
  std::string address;
  {
    LoopbackServer server;
    address = server.address();
    REQUIRE_OK(ProbeHealth(address, "", absl::Seconds(20)));
    CHECK_FALSE(ProbeHealth(address, "networks/broken", absl::Seconds(20)).ok());
  }
  CHECK_FALSE(ProbeHealth(address, "", absl::Seconds(5)).ok());
}

}  // namespace
}  // namespace deepvision
