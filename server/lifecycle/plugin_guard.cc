#include "server/lifecycle/plugin_guard.h"

#include <grpc/grpc.h>
#include <grpcpp/server_context.h>

#include <string>

#include "absl/strings/match.h"
#include "server/convert/status_convert.h"

namespace deepvision {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

class Guard final : public grpc::experimental::Interceptor {
 public:
  Guard(const Gatekeeper* gatekeeper, Door door, ServerRpcInfo* call)
      : gatekeeper_(gatekeeper), door_(door), call_(call) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      Check(*methods->GetRecvInitialMetadata());
    }
    methods->Proceed();
  }

 private:
  void Check(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) const {
    const auto found = metadata.find("authorization");
    absl::string_view value;
    if (found != metadata.end()) value = {found->second.data(), found->second.size()};
    const auto client = gatekeeper_->Check(door_, value);
    if (client.ok()) return;
    // The handler starts all the same, on a call that is over.
    const grpc::Status status = ToGrpcStatus(client.status(), "");
    grpc_call_cancel_with_status(call_->server_context()->c_call(),
                                 static_cast<grpc_status_code>(status.error_code()),
                                 status.error_message().c_str(), nullptr);
  }

  const Gatekeeper* const gatekeeper_;
  const Door door_;
  ServerRpcInfo* const call_;
};

class Factory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  Factory(const Gatekeeper* gatekeeper, Door door) : gatekeeper_(gatekeeper), door_(door) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(ServerRpcInfo* call) override {
    const absl::string_view method = call->method();
    const bool guarded = absl::StartsWith(method, "/grpc.reflection.") ||
                         absl::StartsWith(method, "/grpc.channelz.");
    return guarded ? new Guard(gatekeeper_, door_, call) : nullptr;
  }

 private:
  const Gatekeeper* const gatekeeper_;
  const Door door_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakePluginGuard(
    const Gatekeeper* gatekeeper, Door door) {
  return std::make_unique<Factory>(gatekeeper, door);
}

}  // namespace deepvision
