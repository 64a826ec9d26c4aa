#include <thread>

#include "absl/synchronization/notification.h"
#include "core/api/error.h"
#include "deepvision/v1/activation.grpc.pb.h"
#include "tests/support/catch.h"
#include "tests/support/loopback_server.h"

namespace deepvision {
namespace {

using Service = v1::ActivationService;

// A Classify that the engine keeps waiting.
class HeldCall {
 public:
  explicit HeldCall(const LoopbackServer& server,
                    std::unique_ptr<grpc::ClientContext> context = MakeContext())
      : stub_(server.Stub<Service>()), context_(std::move(context)) {
    request_.set_network("tiny_resnet");
    request_.mutable_input()->set_black(true);
    stub_->async()->Classify(context_.get(), &request_, &response_, [this](grpc::Status status) {
      status_ = std::move(status);
      done_.Notify();
    });
  }

  void Cancel() { context_->TryCancel(); }
  grpc::StatusCode Wait() {
    done_.WaitForNotification();
    return status_.error_code();
  }

 private:
  std::unique_ptr<Service::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  v1::ClassifyRequest request_;
  v1::ClassifyResponse response_;
  grpc::Status status_;
  absl::Notification done_;
};

// The engine has the call once its token is there.
void WaitForCall(FakeEngine* engine) {
  while (engine->tokens().empty()) std::this_thread::yield();
}

TEST_CASE("a cancelled unary call ends although the engine says nothing", "[server][rpc]") {
  LoopbackServer server;
  server.engine().HoldCalls();
  HeldCall call(server);
  WaitForCall(&server.engine());
  call.Cancel();
  CHECK(call.Wait() == grpc::StatusCode::CANCELLED);
  REQUIRE(server.WaitUntilIdle());
  CHECK(server.engine().tokens().at(0).IsCancelled());
  server.engine().ReleaseCalls();  // too late, and harmless
}

TEST_CASE("an engine that drops the callback ends the call as UNAVAILABLE", "[server][rpc]") {
  LoopbackServer server;
  server.engine().HoldCalls();
  HeldCall call(server);
  WaitForCall(&server.engine());
  server.engine().DropCalls();
  CHECK(call.Wait() == grpc::StatusCode::UNAVAILABLE);
}

TEST_CASE("a held call is answered when the engine has the result", "[server][rpc]") {
  LoopbackServer server;
  server.engine().HoldCalls();
  HeldCall call(server);
  WaitForCall(&server.engine());
  server.engine().ReleaseCalls();
  CHECK(call.Wait() == grpc::StatusCode::OK);
}

TEST_CASE("a unary call without a deadline ends after the longest duration", "[server][rpc]") {
  StreamOptions options;
  options.max_duration = absl::Milliseconds(500);
  LoopbackServer server(options);
  server.engine().HoldCalls();
  HeldCall call(server, std::make_unique<grpc::ClientContext>());
  CHECK(call.Wait() == grpc::StatusCode::DEADLINE_EXCEEDED);
  REQUIRE(server.WaitUntilIdle());
  CHECK(server.engine().tokens().at(0).IsCancelled());
  const absl::Status status = server.recorder().summaries().at(0).status;
  CHECK(GetErrorDetails(status).reason == "NO_DEADLINE");
}

}  // namespace
}  // namespace deepvision
