#include "server/rpc/unary_call.h"

#include <utility>

#include "absl/time/clock.h"
#include "core/base/fault_point.h"
#include "core/base/status_macros.h"
#include "server/convert/status_convert.h"

namespace deepvision {

UnaryCall* UnaryCall::Start(const ServiceContext& service, grpc::CallbackServerContext* context,
                            absl::string_view method,
                            const google::protobuf::MessageLite* response) {
  auto* call =
      new UnaryCall(service, context, service.calls->Begin(method, context->peer()), response);
  if (context->deadline() == std::chrono::system_clock::time_point::max()) call->SetTimer();
  call->made_.Give();
  return call;
}

void UnaryCall::SetTimer() {
  timer_.Set(absl::ToChronoTime(absl::Now() + service_.stream.max_duration),
             [gate = gate_](bool expired) {
               UnaryCall* call = expired ? gate->Claim() : nullptr;
               if (call == nullptr) return;
               call->cancellation_.Cancel();
               call->End(NoDeadlineError());
             });
}

bool UnaryCall::Admit(Door door) {
  absl::Status status = [&]() -> absl::Status {
    DV_RETURN_IF_ERROR(deepvision::Admit(service_, *context_, door, call_.get()));
    DV_FAULT_POINT("after_parse");
    return absl::OkStatus();
  }();
  if (status.ok()) return true;
  Finish(std::move(status));
  return false;
}

void UnaryCall::Finish(absl::Status status) {
  if (gate_->Claim() != nullptr) End(std::move(status));
}

void UnaryCall::End(absl::Status status) {
  call_->SetStatus(status);
  if (status.ok()) call_->AddBytes(response_->ByteSizeLong());
  finish_.Give();
  ServerUnaryReactor::Finish(ToGrpcStatus(status, call_->id()));
}

void UnaryCall::OnCancel() {
  made_.Take();
  cancellation_.Cancel();
  Finish(absl::CancelledError("the client left"));
}

UnaryCall::Ending::~Ending() {
  if (UnaryCall* call = gate->Claim()) call->End(StoppingError());
}

}  // namespace deepvision
