#include "tests/support/loopback_server.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "google/rpc/status.pb.h"

namespace deepvision {

static ServerOptions WithStream(StreamOptions stream) {
  ServerOptions options;
  options.stream = stream;
  return options;
}

LoopbackServer::LoopbackServer(StreamOptions stream) : LoopbackServer(WithStream(stream)) {}

LoopbackServer::LoopbackServer(ServerOptions options) {
  options.listen = "127.0.0.1:0";
  auto server = Server::Start(std::move(options), &engine_,
                              [this](const CallSummary& summary) { recorder_.Add(summary); });
  server_ = std::move(server).value();
  channel_ = grpc::CreateChannel(address(), grpc::InsecureChannelCredentials());
}

std::string LoopbackServer::address() const { return absl::StrCat("127.0.0.1:", server_->port()); }

bool LoopbackServer::WaitUntilIdle() const {
  return server_->calls().WaitUntilIdle(absl::Now() + absl::Seconds(20));
}

std::unique_ptr<grpc::ClientContext> MakeContext() {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
  return context;
}

template <typename Message>
static void TakeIf(const google::protobuf::Any& any, std::optional<Message>* out) {
  if (!any.Is<Message>()) return;
  out->emplace();
  any.UnpackTo(&**out);
}

Details DetailsOf(const std::string& serialized) {
  Details details;
  google::rpc::Status status;
  if (!status.ParseFromString(serialized)) return details;
  details.code = status.code();
  for (const google::protobuf::Any& any : status.details()) {
    TakeIf(any, &details.info);
    TakeIf(any, &details.retry);
    TakeIf(any, &details.bad_request);
    TakeIf(any, &details.resource);
  }
  return details;
}

}  // namespace deepvision
