// {classify, topology, activations, live} × what may happen to a call, over the engine
// that computes: each ends with its documented code, everything it held is given
// back, and the next small request is served.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <thread>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "deepvision/v1/activation.grpc.pb.h"
#include "deepvision/v1/network.grpc.pb.h"
#include "deepvision/v1/server.grpc.pb.h"
#include "tests/integration/gate.h"
#include "tests/integration/methods.h"
#include "tests/integration/real_server.h"
#include "tests/support/catch.h"

extern char** environ;

namespace deepvision {
namespace {

// A call on a thread of its own.
class RunningCall {
 public:
  RunningCall(const RealServer& server, Method method, absl::Duration limit = absl::Seconds(60))
      : context_(std::make_unique<grpc::ClientContext>()) {
    context_->set_deadline(absl::ToChronoTime(absl::Now() + limit));
    thread_ = std::thread([this, method, channel = server.channel()] {
      status_ = CallMethod(method, channel, context_.get());
    });
  }
  ~RunningCall() {
    if (thread_.joinable()) thread_.join();
  }

  void Cancel() { context_->TryCancel(); }
  const grpc::Status& Wait() {
    thread_.join();
    return status_;
  }

 private:
  std::unique_ptr<grpc::ClientContext> context_;
  grpc::Status status_;
  std::thread thread_;
};

grpc::Status Call(const RealServer& server, Method method) {
  return CallMethod(method, server.channel(), MakeContext().get());
}

grpc::Status AskServerInfo(const RealServer& server) {
  v1::GetServerInfoResponse response;
  return server.Stub<v1::ServerService>()->GetServerInfo(MakeContext().get(), {}, &response);
}

// What every case of the matrix ends with.
void CheckHealthy(const RealServer& server) {
  const bool rests = server.ComesToRest();
  INFO(server.Counters());
  CHECK(rests);
  const grpc::Status next = Call(server, Method::kClassify);
  INFO(next.error_message());
  CHECK(next.ok());
}

// A process that makes the call and can be killed.
class Caller {
 public:
  Caller(const RealServer& server, Method method) {
    const std::string address = server.address(), name = NameOf(method);
    const char* const arguments[] = {INTEGRATION_CALLER, address.c_str(), name.c_str(), nullptr};
    REQUIRE(posix_spawn(&pid_, INTEGRATION_CALLER, nullptr, nullptr,
                        const_cast<char* const*>(arguments), environ) == 0);
  }
  ~Caller() { Kill(); }
  void Kill() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
};

Method AnyMethod() {
  return GENERATE(Method::kClassify, Method::kTopology, Method::kActivations, Method::kLive);
}

TEST_CASE("a call that nothing happens to is OK", "[integration][matrix]") {
  const Method method = AnyMethod();
  INFO(NameOf(method));
  RealServer server;
  const grpc::Status status = Call(server, method);
  INFO(status.error_message());
  CHECK(status.ok());
  CheckHealthy(server);
}

TEST_CASE("a call that its client cancels gives back what it held", "[integration][matrix]") {
  const Method method = AnyMethod();
  INFO(NameOf(method));
  RealServer server;
  Gate gate(HoldPoint(method));
  RunningCall call(server, method);
  REQUIRE(gate.WaitForArrival());
  call.Cancel();
  CHECK(call.Wait().error_code() == grpc::StatusCode::CANCELLED);
  gate.Open();
  CheckHealthy(server);
}

TEST_CASE("a call whose client is killed gives back what it held", "[integration][matrix]") {
  const Method method = AnyMethod();
  INFO(NameOf(method));
  RealServer server;
  Gate gate(HoldPoint(method));
  Caller caller(server, method);
  REQUIRE(gate.WaitForArrival());
  caller.Kill();
  gate.Open();
  CheckHealthy(server);
  const absl::Status status = server.recorder().summaries().at(0).status;
  INFO(status.ToString());
  // A small answer may be written before the connection is seen to be gone.
  CHECK((absl::IsCancelled(status) || (status.ok() && method != Method::kActivations)));
}

TEST_CASE("a call past its deadline ends at once, whatever holds the device",
          "[integration][matrix]") {
  const Method method = AnyMethod();
  INFO(NameOf(method));
  RealServer server;
  Gate gate(HoldPoint(method));
  RunningCall call(server, method, absl::Milliseconds(500));
  REQUIRE(gate.WaitForArrival());
  CHECK(call.Wait().error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
  gate.Open();
  CheckHealthy(server);
}

TEST_CASE("a failure in the middle is INTERNAL and says nothing of its cause",
          "[integration][matrix]") {
  const Method method = AnyMethod();
  INFO(NameOf(method));
  RealServer server;
  {
    const ScopedFault fault(HoldPoint(method),
                            [] { return absl::InternalError("in /srv/secret at 0x7f00"); });
    const grpc::Status status = Call(server, method);
    CHECK(status.error_code() == grpc::StatusCode::INTERNAL);
    CHECK_FALSE(absl::StrContains(status.error_message(), "secret"));
    CHECK_FALSE(absl::StrContains(status.error_message(), "0x7f00"));
    CHECK(DetailsOf(status.error_details()).info->reason() == "INTERNAL");
  }
  CheckHealthy(server);
}

TEST_CASE("a server that drains lets a running call finish and refuses new ones",
          "[integration][matrix]") {
  const Method method = AnyMethod();
  INFO(NameOf(method));
  RealServer server;
  Gate gate(HoldPoint(method));
  RunningCall call(server, method);
  REQUIRE(gate.WaitForArrival());
  std::thread drain([&] { server.server().Drain(absl::Now() + absl::Seconds(30)); });
  CHECK(Eventually(
      [&] { return AskServerInfo(server).error_code() == grpc::StatusCode::UNAVAILABLE; }));
  gate.Open();
  const grpc::Status status = call.Wait();
  INFO(status.error_message());
  // A live call has no end of its own: after the frame in work its client is sent away.
  CHECK(status.error_code() ==
        (method == Method::kLive ? grpc::StatusCode::UNAVAILABLE : grpc::StatusCode::OK));
  drain.join();
  CHECK(server.ComesToRest());
}

TEST_CASE("a call that is still running when the drain ends is ended", "[integration][matrix]") {
  const Method method = AnyMethod();
  INFO(NameOf(method));
  RealServer server;
  Gate gate(HoldPoint(method));
  RunningCall call(server, method);
  REQUIRE(gate.WaitForArrival());
  std::thread drain([&] { server.server().Drain(absl::Now()); });
  const grpc::StatusCode code = call.Wait().error_code();
  CHECK((code == grpc::StatusCode::CANCELLED || code == grpc::StatusCode::UNAVAILABLE));
  gate.Open();
  drain.join();
  CHECK(server.ComesToRest());
}

TEST_CASE("a full server refuses work for the device at once, with a time to retry after",
          "[integration][matrix]") {
  const Method method = GENERATE(Method::kClassify, Method::kActivations, Method::kLive);
  INFO(NameOf(method));
  RealServer server({}, /*max_queued_requests=*/1);
  Gate gate("between_operators");
  RunningCall computes(server, Method::kClassify);
  REQUIRE(gate.WaitForArrival());
  RunningCall waits(server, Method::kClassify);
  REQUIRE(Eventually([&] { return server.engine().Statistics().interactive_queue == 1; }));
  const grpc::Status refused = Call(server, method);
  CHECK(refused.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  const Details details = DetailsOf(refused.error_details());
  // A live client has its next frame to try with.
  CHECK((details.retry || method == Method::kLive));
  CHECK(details.info->reason() == "QUEUE_FULL");
  // What needs no device is served.
  CHECK(Call(server, Method::kTopology).ok());
  gate.Open();
  CHECK(computes.Wait().ok());
  CHECK(waits.Wait().ok());
  CheckHealthy(server);
}

TEST_CASE("a reader that takes nothing is cut off and gives back what it held",
          "[integration][matrix]") {
  StreamOptions stream;
  stream.stall_timeout = absl::Milliseconds(300);
  RealServer server(stream);
  v1::StreamActivationsRequest request;
  request.set_network("net");
  request.mutable_input()->set_zeros(true);
  request.mutable_defaults()->set_encoding(v1::ACTIVATION_ENCODING_FLOAT32);
  const auto context = MakeContext();
  const auto stub = server.Stub<v1::ActivationService>();
  const auto reader = stub->StreamActivations(context.get(), request);
  v1::StreamActivationsResponse message;
  REQUIRE(reader->Read(&message));
  CheckHealthy(server);  // without reading on
  const CallSummary call = server.recorder().summaries().at(0);
  CHECK(absl::IsDeadlineExceeded(call.status));
  while (reader->Read(&message)) {
  }
  CHECK_FALSE(reader->Finish().ok());
}

TEST_CASE("a small answer needs no reader to be done", "[integration][matrix]") {
  RealServer server;
  v1::StreamTopologyRequest request;
  request.set_network("net");
  const auto context = MakeContext();
  const auto stub = server.Stub<v1::NetworkService>();
  const auto reader = stub->StreamTopology(context.get(), request);
  CHECK(Eventually([&] { return server.recorder().summaries().size() == 1; }));
  CheckHealthy(server);
  v1::StreamTopologyResponse message;
  while (reader->Read(&message)) {
  }
  CHECK(reader->Finish().ok());
}

TEST_CASE("calls held up at any place of their way are served afterwards",
          "[integration][matrix]") {
  const std::string point =
      GENERATE(as<std::string>{}, "after_parse", "enqueue", "dequeue", "before_forward",
               "between_operators", "after_encode", "before_start_write", "before_finish");
  INFO(point);
  RealServer server;
  Gate gate(point);
  RunningCall call(server, Method::kActivations);
  REQUIRE(gate.WaitForArrival());
  gate.Open();
  const grpc::Status status = call.Wait();
  INFO(status.error_message());
  CHECK(status.ok());
  CheckHealthy(server);
}

TEST_CASE("calls cancelled at any place of their way give back what they held",
          "[integration][matrix]") {
  const std::string point =
      GENERATE(as<std::string>{}, "after_parse", "enqueue", "dequeue", "before_forward",
               "between_operators", "after_encode", "before_start_write", "before_finish");
  INFO(point);
  RealServer server;
  Gate gate(point);
  RunningCall call(server, Method::kActivations);
  REQUIRE(gate.WaitForArrival());
  call.Cancel();
  gate.Open();
  call.Wait();
  CheckHealthy(server);
}

}  // namespace
}  // namespace deepvision
