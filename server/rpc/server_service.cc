#include "server/rpc/server_service.h"

#include "absl/time/clock.h"
#include "deepvision/v1/server.grpc.pb.h"
#include "server/convert/server_convert.h"
#include "server/rpc/unary_call.h"

namespace deepvision {
namespace {

class Service final
    : public v1::ServerService::WithCallbackMethod_GetServerInfo<v1::ServerService::Service> {
 public:
  explicit Service(const ServiceContext& context) : context_(context) {}

  grpc::ServerUnaryReactor* GetServerInfo(grpc::CallbackServerContext* context,
                                          const v1::GetServerInfoRequest*,
                                          v1::GetServerInfoResponse* response) override {
    UnaryCall* call = UnaryCall::Start(context_, context, "ServerService/GetServerInfo", response);
    if (!call->Admit()) return call;
    *response = ToProto(Describe(), context_.engine->Info());
    call->Finish(absl::OkStatus());
    return call;
  }

 private:
  ServerDescription Describe() const {
    ServerDescription server;
    server.version = context_.version;
    server.max_request_bytes = context_.max_request_bytes;
    server.max_message_bytes = context_.max_message_bytes;
    server.max_layers_per_request = context_.max_layers_per_request;
    server.max_concurrent_streams = context_.max_concurrent_streams;
    server.max_call_duration = context_.stream.max_duration;
    server.uptime = absl::Now() - context_.start;
    return server;
  }

  const ServiceContext& context_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeServerService(const ServiceContext& context) {
  return std::make_unique<Service>(context);
}

}  // namespace deepvision
