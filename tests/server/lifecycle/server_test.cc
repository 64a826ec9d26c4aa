#include "server/lifecycle/server.h"

#include <thread>

#include "absl/time/clock.h"
#include "deepvision/v1/activation.grpc.pb.h"
#include "deepvision/v1/server.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/support/catch.h"
#include "tests/support/loopback_server.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

v1::StreamActivationsRequest MakeRequest() {
  v1::StreamActivationsRequest request;
  request.set_network("tiny_resnet");
  request.mutable_input()->set_zeros(true);
  return request;
}

grpc::Status GetInfo(const LoopbackServer& server) {
  v1::GetServerInfoResponse response;
  return server.Stub<v1::ServerService>()->GetServerInfo(MakeContext().get(),
                                                         v1::GetServerInfoRequest(), &response);
}

TEST_CASE("a draining server finishes the running stream and refuses new calls",
          "[server][lifecycle]") {
  LoopbackServer server;
  server.engine().HoldLayersAfter(1);
  const auto context = MakeContext();
  const auto stub = server.Stub<v1::ActivationService>();
  const auto reader = stub->StreamActivations(context.get(), MakeRequest());
  v1::StreamActivationsResponse message;
  REQUIRE(reader->Read(&message));
  std::thread drain([&] { server.server().Drain(absl::Now() + absl::Seconds(60)); });
  // The drain has begun once calls are refused.
  while (server.server().calls().CheckAccepting().ok()) std::this_thread::yield();
  const grpc::Status refused = GetInfo(server);
  CHECK(refused.error_code() == grpc::StatusCode::UNAVAILABLE);
  CHECK(DetailsOf(refused.error_details()).retry);
  grpc::health::v1::HealthCheckResponse health;
  REQUIRE(server.Stub<grpc::health::v1::Health>()
              ->Check(MakeContext().get(), grpc::health::v1::HealthCheckRequest(), &health)
              .ok());
  CHECK(health.status() == grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  server.engine().ReleaseLayers();
  bool trailer = false;
  while (reader->Read(&message)) trailer |= message.has_trailer();
  CHECK(trailer);
  CHECK(reader->Finish().ok());
  drain.join();
  CHECK(server.server().calls().live_calls() == 0);
}

TEST_CASE("a drain cancels what is not done at its deadline", "[server][lifecycle]") {
  LoopbackServer server;
  server.engine().HoldLayersAfter(1);
  const auto context = MakeContext();
  const auto stub = server.Stub<v1::ActivationService>();
  const auto reader = stub->StreamActivations(context.get(), MakeRequest());
  v1::StreamActivationsResponse message;
  REQUIRE(reader->Read(&message));
  server.server().Drain(absl::Now() + absl::Milliseconds(50));
  while (reader->Read(&message)) {
  }
  CHECK_FALSE(reader->Finish().ok());
  CHECK(server.server().calls().live_calls() == 0);
  CHECK(server.engine().tokens().at(0).IsCancelled());
}

TEST_CASE("a port in use is an error that says what to do", "[server][lifecycle]") {
  LoopbackServer first;
  FakeEngine engine;
  ServerOptions options;
  options.listen = first.address();
  CHECK_STATUS(Server::Start(options, &engine, nullptr), absl::StatusCode::kUnavailable,
               "choose another --listen");
  CHECK(GetInfo(first).ok());
}

TEST_CASE("a request over the limit is refused and the next one is served", "[server][lifecycle]") {
  LoopbackServer server;
  v1::ClassifyRequest request;
  request.set_network("tiny_resnet");
  request.mutable_input()->set_encoded_image(std::string(size_t{17} << 20, 'x'));
  v1::ClassifyResponse response;
  const auto stub = server.Stub<v1::ActivationService>();
  CHECK(stub->Classify(MakeContext().get(), request, &response).error_code() ==
        grpc::StatusCode::RESOURCE_EXHAUSTED);
  request.mutable_input()->set_encoded_image(std::string(size_t{16} << 20, 'x'));
  CHECK(stub->Classify(MakeContext().get(), request, &response).ok());
}

TEST_CASE("every call leaves one summary with its method and bytes", "[server][lifecycle]") {
  LoopbackServer server;
  REQUIRE(GetInfo(server).ok());
  const auto context = MakeContext();
  const auto stub = server.Stub<v1::ActivationService>();
  const auto reader = stub->StreamActivations(context.get(), MakeRequest());
  v1::StreamActivationsResponse message;
  uint64_t bytes = 0;
  while (reader->Read(&message)) bytes += message.ByteSizeLong();
  REQUIRE(reader->Finish().ok());
  REQUIRE(server.WaitUntilIdle());
  std::vector<CallSummary> calls = server.recorder().summaries();
  REQUIRE(calls.size() == 2);
  // The client of the first call may go on before its summary is written.
  if (calls[0].method == "ServerService/GetServerInfo") std::swap(calls[0], calls[1]);
  CHECK(calls[0].method == "ActivationService/StreamActivations");
  CHECK(calls[0].bytes == bytes);
  CHECK(calls[0].status.ok());
  CHECK(calls[1].method == "ServerService/GetServerInfo");
  CHECK(calls[1].bytes > 0);
}

}  // namespace
}  // namespace deepvision
