// What every stream promises beside its content.
#include <grpcpp/support/channel_arguments.h>

#include "deepvision/v1/activation.grpc.pb.h"
#include "tests/support/catch.h"
#include "tests/support/loopback_server.h"

namespace deepvision {
namespace {

using Service = v1::ActivationService;

v1::StreamActivationsRequest MakeRequest(const std::string& network) {
  v1::StreamActivationsRequest request;
  request.set_network(network);
  request.mutable_input()->set_zeros(true);
  return request;
}

TEST_CASE("a silent stream sends empty messages until it goes on", "[server][stream]") {
  StreamOptions options;
  options.heartbeat_interval = absl::Milliseconds(20);
  LoopbackServer server(options);
  server.engine().HoldLayersAfter(1);
  const auto context = MakeContext();
  const auto stub = server.Stub<Service>();
  const auto reader = stub->StreamActivations(context.get(), MakeRequest("tiny_resnet"));
  v1::StreamActivationsResponse message;
  int heartbeats = 0;
  while (heartbeats < 3 && reader->Read(&message)) heartbeats += message.ByteSizeLong() == 0;
  CHECK(heartbeats == 3);
  server.engine().ReleaseLayers();
  bool trailer = false;
  while (reader->Read(&message)) trailer |= message.has_trailer();
  CHECK(trailer);
  CHECK(reader->Finish().ok());
}

TEST_CASE("a reader that takes nothing is cut off and frees its buffers", "[server][stream]") {
  StreamOptions options;
  options.stall_timeout = absl::Seconds(1);
  LoopbackServer server(options);
  const auto context = MakeContext();
  // A client whose window does not grow until it holds the whole stream.
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  const auto stub = Service::NewStub(
      grpc::CreateCustomChannel(server.address(), grpc::InsecureChannelCredentials(), arguments));
  const auto reader = stub->StreamActivations(context.get(), MakeRequest("wide"));
  v1::StreamActivationsResponse message;
  reader->WaitForInitialMetadata();
  REQUIRE(server.WaitUntilIdle());  // without reading
  CHECK(server.engine().tokens().at(0).IsCancelled());
  const CallSummary call = server.recorder().summaries().at(0);
  CHECK(absl::IsDeadlineExceeded(call.status));
  while (reader->Read(&message)) {
  }
  CHECK_FALSE(reader->Finish().ok());
}

TEST_CASE("a call without a deadline ends after the longest duration", "[server][stream]") {
  StreamOptions options;
  options.heartbeat_interval = absl::Milliseconds(10);
  options.max_duration = absl::Milliseconds(50);
  LoopbackServer server(options);
  server.engine().HoldLayersAfter(1);
  grpc::ClientContext context;  // no deadline
  const auto stub = server.Stub<Service>();
  const auto reader = stub->StreamActivations(&context, MakeRequest("tiny_resnet"));
  v1::StreamActivationsResponse message;
  while (reader->Read(&message)) {
  }
  const grpc::Status status = reader->Finish();
  CHECK(status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
  CHECK(DetailsOf(status.error_details()).info->reason() == "NO_DEADLINE");
  REQUIRE(server.WaitUntilIdle());
  CHECK(server.engine().tokens().at(0).IsCancelled());
}

TEST_CASE("the client's deadline ends a stream and raises its token", "[server][stream]") {
  LoopbackServer server;
  server.engine().HoldLayersAfter(1);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  const auto stub = server.Stub<Service>();
  const auto reader = stub->StreamActivations(&context, MakeRequest("tiny_resnet"));
  v1::StreamActivationsResponse message;
  while (reader->Read(&message)) {
  }
  CHECK(reader->Finish().error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
  REQUIRE(server.WaitUntilIdle());
  CHECK(server.engine().tokens().at(0).IsCancelled());
}

TEST_CASE("stalled streams do not hold up others on the same connection", "[server][stream]") {
  LoopbackServer server;
  const auto stub = server.Stub<Service>();
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::StreamActivationsResponse>>> stalled;
  v1::StreamActivationsResponse message;
  for (int i = 0; i < 4; ++i) {
    contexts.push_back(MakeContext());
    stalled.push_back(stub->StreamActivations(contexts.back().get(), MakeRequest("wide")));
    REQUIRE(stalled.back()->Read(&message));
  }
  const auto context = MakeContext();
  const auto healthy = stub->StreamActivations(context.get(), MakeRequest("wide"));
  while (healthy->Read(&message)) {
  }
  CHECK(healthy->Finish().ok());
  for (size_t i = 0; i < stalled.size(); ++i) {
    contexts[i]->TryCancel();
    while (stalled[i]->Read(&message)) {
    }
    stalled[i]->Finish();
  }
  CHECK(server.WaitUntilIdle());
}

}  // namespace
}  // namespace deepvision
