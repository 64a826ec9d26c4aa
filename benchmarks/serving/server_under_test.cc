#include "benchmarks/serving/server_under_test.h"

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <cstdlib>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "benchmarks/serving/calls.h"
#include "benchmarks/stream/tcp.h"
#include "core/base/status_macros.h"

namespace deepvision {
namespace {

// A port that is free now; the server would take any, but tells it in its log.
absl::StatusOr<int> FreePort() {
  DV_ASSIGN_OR_RETURN(const auto listener, TcpListener::Listen());
  return listener->port();
}

absl::StatusOr<v1::Network> OnlyNetwork(const std::shared_ptr<grpc::Channel>& channel) {
  const auto stub = v1::NetworkService::NewStub(channel);
  grpc::ClientContext list_context, get_context;
  list_context.set_wait_for_ready(true);
  list_context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
  v1::ListNetworksResponse list;
  DV_RETURN_IF_ERROR(ToAbsl(stub->ListNetworks(&list_context, {}, &list)));
  if (list.networks_size() != 1) return absl::InternalError("the server has not one network");
  v1::GetNetworkRequest request;
  request.set_network(list.networks(0).id());
  request.set_wait_until_ready(true);
  v1::GetNetworkResponse response;
  DV_RETURN_IF_ERROR(ToAbsl(stub->GetNetwork(&get_context, request, &response)));
  if (response.network().state() != v1::NETWORK_STATE_READY) {
    return absl::FailedPreconditionError(response.network().failure());
  }
  return response.network();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ServerUnderTest>> ServerUnderTest::Start(const Programs& programs,
                                                                        const std::string& model) {
  auto server = absl::WrapUnique(new ServerUnderTest());
  DV_RETURN_IF_ERROR(server->StartServer(programs.server, model));
  DV_RETURN_IF_ERROR(server->StartBare(programs.bare_forward, model));
  return server;
}

absl::Status ServerUnderTest::StartServer(const std::string& program, const std::string& model) {
  DV_ASSIGN_OR_RETURN(const int port, FreePort());
  address_ = absl::StrCat("127.0.0.1:", port);
  DV_ASSIGN_OR_RETURN(server_,
                      ChildProcess::Start({program, "--listen=" + address_, "--model=" + model},
                                          ChildProcess::Output::kDropped));
  channel_ = Connect();
  DV_ASSIGN_OR_RETURN(network_, OnlyNetwork(channel_));
  return absl::OkStatus();
}

absl::Status ServerUnderTest::StartBare(const std::string& program, const std::string& model) {
  const v1::InputSpec& input = network_.input();
  DV_ASSIGN_OR_RETURN(
      bare_, ChildProcess::Start({program, model, absl::StrCat(input.channels()),
                                  absl::StrCat(input.height()), absl::StrCat(input.width())},
                                 ChildProcess::Output::kLines));
  return BareForward().status();
}

std::shared_ptr<grpc::Channel> ServerUnderTest::Connect() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), arguments);
}

absl::StatusOr<double> ServerUnderTest::Ask(const std::string& question) {
  bare_->WriteLine(question);
  DV_ASSIGN_OR_RETURN(const std::string answer, bare_->ReadLine());
  const double milliseconds = std::atof(answer.c_str());
  if (milliseconds <= 0) return absl::InternalError(question + " failed without the server");
  return milliseconds;
}

absl::StatusOr<double> ServerUnderTest::BareForward() { return Ask("forward"); }
absl::StatusOr<double> ServerUnderTest::BareLayer(const std::string& id) {
  return Ask("layer " + id);
}

}  // namespace deepvision
