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
    *response = ToProto({context_.version, context_.max_request_bytes, context_.max_message_bytes,
                         absl::Now() - context_.start},
                        context_.engine->Info());
    call->Finish(absl::OkStatus());
    return call;
  }

 private:
  const ServiceContext& context_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeServerService(const ServiceContext& context) {
  return std::make_unique<Service>(context);
}

}  // namespace deepvision
