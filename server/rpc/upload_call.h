// The reactor of DatasetService.UploadInput: takes the parts of an Input and gives
// them to the engine.
//
// Sizes are checked before memory is taken: against the limit of one upload and,
// for all uploads together, against a budget whose bytes are given back when the
// call ends, however it ends. A client that sends nothing for the stall timeout is
// cut off.
//
// Threading: reactions of gRPC and of the engine may come on any thread.
// Ownership: shared by gRPC (until OnDone) and the engine's callback.
#ifndef DEEPVISION_SERVER_RPC_UPLOAD_CALL_H_
#define DEEPVISION_SERVER_RPC_UPLOAD_CALL_H_

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/api/cancellation.h"
#include "core/api/input.h"
#include "core/base/byte_budget.h"
#include "deepvision/v1/dataset.pb.h"
#include "server/call/call_tracker.h"
#include "server/call/hand_over.h"
#include "server/rpc/service_context.h"

namespace deepvision {

using UploadReactor = grpc::ServerReadReactor<v1::UploadInputRequest>;

class UploadCall final : public UploadReactor, public std::enable_shared_from_this<UploadCall> {
 public:
  // `service` outlives the call; `response` lives until its end.
  static UploadReactor* Start(const ServiceContext& service, grpc::CallbackServerContext* context,
                              v1::UploadInputResponse* response);

 private:
  // A callback that is dropped without being called ends the call, too.
  struct Ending {
    explicit Ending(std::shared_ptr<UploadCall> upload) : call(std::move(upload)) {}
    ~Ending();
    const std::shared_ptr<UploadCall> call;
  };

  UploadCall(const ServiceContext& service, grpc::CallbackServerContext* context,
             v1::UploadInputResponse* response);

  void Read();
  void OnReadDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  absl::Status TakeMessage() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Begin(v1::UploadStart&& start) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Input> TakeInput() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Store() ABSL_LOCKS_EXCLUDED(mutex_);
  void End(absl::StatusOr<std::string> digest) ABSL_LOCKS_EXCLUDED(mutex_);
  void SetTimer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnTimer() ABSL_LOCKS_EXCLUDED(mutex_);

  const ServiceContext& service_;
  v1::UploadInputResponse* const response_;
  const absl::Time latest_end_;
  const CancellationToken cancellation_;
  v1::UploadInputRequest message_;  // gRPC writes it between StartRead and OnReadDone

  absl::Mutex mutex_;
  std::unique_ptr<Call> call_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<Input> input_ ABSL_GUARDED_BY(mutex_);
  uint64_t expected_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string bytes_ ABSL_GUARDED_BY(mutex_);
  ByteBudget::Reservation reserved_ ABSL_GUARDED_BY(mutex_);
  absl::Time last_change_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<grpc::Alarm> timer_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<UploadCall> self_ ABSL_GUARDED_BY(mutex_);  // until OnDone
  HandOver made_, read_, finish_;
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_RPC_UPLOAD_CALL_H_
