#include "server/rpc/unary_call.h"

#include "server/convert/status_convert.h"

namespace deepvision {

UnaryCall* UnaryCall::Start(const ServiceContext& service, grpc::CallbackServerContext* context,
                            absl::string_view method,
                            const google::protobuf::MessageLite* response) {
  return new UnaryCall(service, service.calls->Begin(method, context->peer()), response);
}

bool UnaryCall::Admit() {
  absl::Status status = service_.calls->CheckAccepting();
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
  ServerUnaryReactor::Finish(ToGrpcStatus(status, call_->id()));
}

void UnaryCall::OnCancel() {
  cancellation_.Cancel();
  Finish(absl::CancelledError("the client left"));
}

UnaryCall::Ending::~Ending() {
  if (UnaryCall* call = gate->Claim()) call->End(StoppingError());
}

}  // namespace deepvision
