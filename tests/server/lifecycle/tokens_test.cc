// Tokens as clients meet them.
#include <grpcpp/generic/generic_stub.h>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "deepvision/v1/activation.grpc.pb.h"
#include "deepvision/v1/server.grpc.pb.h"
#include "server/lifecycle/health_probe.h"
#include "tests/support/catch.h"
#include "tests/support/folder.h"
#include "tests/support/loopback_server.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

constexpr char kToken[] = "client-0123456789abcdef";

ServerOptions WithToken(const TestFolder& folder) {
  folder.Write("tokens", absl::StrCat(kToken, " unity\n"));
  auto tokens = TokenFile::Open({"token_file", (folder.path() / "tokens").string()},
                                [](absl::string_view) {});
  ServerOptions options;
  options.doors.gatekeeper = std::make_shared<const Gatekeeper>(std::move(tokens).value(), nullptr);
  return options;
}

std::unique_ptr<grpc::ClientContext> ContextWith(const std::string& token) {
  auto context = MakeContext();
  if (!token.empty()) context->AddMetadata("authorization", absl::StrCat("Bearer ", token));
  return context;
}

grpc::Status GetInfo(const LoopbackServer& server, const std::string& token) {
  v1::GetServerInfoResponse response;
  return server.Stub<v1::ServerService>()->GetServerInfo(ContextWith(token).get(),
                                                         v1::GetServerInfoRequest(), &response);
}

grpc::Status StreamZeros(const LoopbackServer& server, const std::string& token) {
  v1::StreamActivationsRequest request;
  request.set_network("tiny_resnet");
  request.mutable_input()->set_zeros(true);
  const auto context = ContextWith(token);
  const auto stub = server.Stub<v1::ActivationService>();
  const auto reader = stub->StreamActivations(context.get(), request);
  v1::StreamActivationsResponse message;
  while (reader->Read(&message)) {
  }
  return reader->Finish();
}

// Asks reflection for the names of the services.
grpc::Status ListServices(const LoopbackServer& server, const std::string& token) {
  const auto context = ContextWith(token);
  const grpc::Slice list_services("\x3a\x00", 2);  // field 7, empty
  const grpc::ByteBuffer request(&list_services, 1);
  grpc::ByteBuffer response;
  grpc::Status result;
  absl::Notification done;
  grpc::GenericStub stub(server.channel());
  stub.UnaryCall(context.get(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                 grpc::StubOptions(), &request, &response, [&](grpc::Status status) {
                   result = std::move(status);
                   done.Notify();
                 });
  done.WaitForNotification();
  return result;
}

void CheckRefused(const grpc::Status& status, const std::string& reason) {
  CHECK(status.error_code() == grpc::StatusCode::UNAUTHENTICATED);
  REQUIRE(DetailsOf(status.error_details()).info);
  CHECK(DetailsOf(status.error_details()).info->reason() == reason);
}

TEST_CASE("every call needs the token, unary or stream", "[server][tokens]") {
  TestFolder folder;
  LoopbackServer server(WithToken(folder));
  CheckRefused(GetInfo(server, ""), "TOKEN_MISSING");
  CheckRefused(StreamZeros(server, ""), "TOKEN_MISSING");
  CheckRefused(GetInfo(server, "client-0123456789abcdeg"), "TOKEN_UNKNOWN");
  CHECK(GetInfo(server, kToken).ok());
  CHECK(StreamZeros(server, kToken).ok());
  REQUIRE(server.WaitUntilIdle());
  CHECK(server.engine().tokens().size() == 1);  // what was refused cost nothing
  const std::vector<CallSummary> calls = server.recorder().summaries();
  CHECK(calls.front().client.empty());
  CHECK(calls.back().client == "unity");
}

TEST_CASE("health needs no token, reflection does", "[server][tokens]") {
  TestFolder folder;
  LoopbackServer server(WithToken(folder));
  REQUIRE_OK(ProbeHealth(server.address(), "", absl::Seconds(20)));
  const grpc::Status refused = ListServices(server, "");
  CHECK(refused.error_code() == grpc::StatusCode::UNAUTHENTICATED);
  CHECK(refused.error_message().find("authorization: Bearer TOKEN") != std::string::npos);
  CHECK(ListServices(server, kToken).ok());
}

TEST_CASE("the client's own id of a call is kept when it is in order", "[server][tokens]") {
  LoopbackServer server;
  const auto call = [&](const char* name, const std::string& value) {
    const auto context = MakeContext();
    context->AddMetadata(name, value);
    v1::GetServerInfoResponse response;
    REQUIRE(server.Stub<v1::ServerService>()
                ->GetServerInfo(context.get(), v1::GetServerInfoRequest(), &response)
                .ok());
    REQUIRE(server.WaitUntilIdle());
    return server.recorder().summaries().back().request_id;
  };
  CHECK(call("x-request-id", "lab-7.3_a") == "lab-7.3_a");
  CHECK(call("x-request-id", "forged line=1") == "");
  CHECK(call("x-request-id", std::string(65, 'a')) == "");
  CHECK(call("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") ==
        "0af7651916cd43dd8448eb211c80319c");
}

}  // namespace
}  // namespace deepvision
