// The reactor of every unary call.
//
//   UnaryCall* call = UnaryCall::Start(service, context, "…/Classify", response);
//   if (!call->Admit()) return call;
//   …
//   engine->Classify(query, call->cancellation(),
//                    call->Reply<Classification>([response](Classification result) {
//                      *response = ToProto(result);
//                    }));
//   return call;
//
// A call without a deadline ends after the longest duration of the server.
// A cancelled call ends at once, whatever the engine does; what the engine says
// later is dropped. So is a callback that is destroyed without being called: the
// call then ends as StoppingError.
//
// Threading: Finish and the callback that Reply makes may run on any thread,
// before Classify returns, too.
// Ownership: deletes itself in OnDone, which comes only after its end.
#ifndef DEEPVISION_SERVER_RPC_UNARY_CALL_H_
#define DEEPVISION_SERVER_RPC_UNARY_CALL_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/api/cancellation.h"
#include "core/api/engine.h"
#include "server/call/hand_over.h"
#include "server/rpc/admission.h"
#include "server/rpc/service_context.h"

namespace deepvision {

class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  static UnaryCall* Start(const ServiceContext& service, grpc::CallbackServerContext* context,
                          absl::string_view method, const google::protobuf::MessageLite* response);

  const CancellationToken& cancellation() const { return cancellation_; }

  // False when the call was refused and is finished. Before anything else, and
  // on the thread that called Start.
  bool Admit(Door door = Door::kService);

  // Ends the call, unless it is over.
  void Finish(absl::Status status);

  // A callback that calls `fill` with the result, or ends the call with the
  // error.
  template <typename T>
  Callback<T> Reply(std::function<void(T)> fill) {
    return [ending = std::make_unique<Ending>(gate_),
            fill = std::move(fill)](absl::StatusOr<T> result) {
      UnaryCall* call = ending->gate->Claim();
      if (call == nullptr) return;
      if (result.ok()) fill(*std::move(result));
      call->End(result.status());
    };
  }

 private:
  // Who claims the call first may write the response and must end the call.
  class Gate {
   public:
    explicit Gate(UnaryCall* call) : call_(call) {}
    UnaryCall* Claim() { return call_.exchange(nullptr); }

   private:
    std::atomic<UnaryCall*> call_;
  };
  struct Ending {
    explicit Ending(std::shared_ptr<Gate> gate) : gate(std::move(gate)) {}
    ~Ending();
    const std::shared_ptr<Gate> gate;
  };

  UnaryCall(const ServiceContext& service, grpc::CallbackServerContext* context,
            std::unique_ptr<Call> call, const google::protobuf::MessageLite* response)
      : service_(service), context_(context), response_(response), call_(std::move(call)) {}

  void SetTimer();
  void End(absl::Status status);
  void OnCancel() override;
  void OnDone() override {
    finish_.Take();
    delete this;
  }

  const ServiceContext& service_;
  grpc::CallbackServerContext* const context_;  // until OnDone
  const google::protobuf::MessageLite* const response_;
  const CancellationToken cancellation_;
  const std::unique_ptr<Call> call_;
  const std::shared_ptr<Gate> gate_ = std::make_shared<Gate>(this);
  grpc::Alarm timer_;
  HandOver made_, finish_;
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_RPC_UNARY_CALL_H_
