#include "server/rpc/upload_call.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"
#include "server/convert/field.h"
#include "server/convert/input_convert.h"
#include "server/convert/status_convert.h"
#include "server/rpc/admission.h"

namespace deepvision {
namespace {

absl::Status Stalled() {
  return WithReason(
      absl::DeadlineExceededError("the client sent nothing for too long; upload the input again"),
      "UPLOAD_STALLED");
}

absl::Status TooLarge(uint64_t limit) {
  return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                        "start.byte_count: the server takes uploads of at most ", limit, " bytes")),
                    "UPLOAD_TOO_LARGE");
}

}  // namespace

UploadReactor* UploadCall::Start(const ServiceContext& service,
                                 grpc::CallbackServerContext* context,
                                 v1::UploadInputResponse* response) {
  const std::shared_ptr<UploadCall> upload =
      absl::WrapUnique(new UploadCall(service, context, response));
  absl::Status admitted;
  {
    absl::MutexLock lock(&upload->mutex_);
    upload->self_ = upload;
    admitted = Admit(service, *context, Door::kService, upload->call_.get());
    if (admitted.ok()) upload->SetTimer();
  }
  upload->made_.Give();
  if (admitted.ok()) {
    upload->Read();
  } else {
    upload->End(admitted);
  }
  return upload.get();
}

UploadCall::UploadCall(const ServiceContext& service, grpc::CallbackServerContext* context,
                       v1::UploadInputResponse* response)
    : service_(service),
      response_(response),
      latest_end_(context->deadline() == std::chrono::system_clock::time_point::max()
                      ? absl::Now() + service.stream.max_duration
                      : absl::InfiniteFuture()),
      call_(service.calls->Begin("DatasetService/UploadInput", context->peer())),
      last_change_(absl::Now()) {}

void UploadCall::Read() {
  read_.Give();
  StartRead(&message_);
}

void UploadCall::OnReadDone(bool ok) {
  read_.Take();
  if (!ok) return Store();  // the client has sent everything, or left
  absl::Status taken;
  {
    absl::MutexLock lock(&mutex_);
    if (ended_) return;
    last_change_ = absl::Now();
    taken = TakeMessage();
  }
  if (!taken.ok()) return End(taken);
  Read();
}

absl::Status UploadCall::TakeMessage() {
  if (message_.has_start()) DV_RETURN_IF_ERROR(Begin(std::move(*message_.mutable_start())));
  if (!input_.has_value()) {
    return FieldError("start", "is not set; the first message must say what is uploaded");
  }
  if (message_.data().size() > expected_bytes_ - bytes_.size()) {
    return FieldError("data", absl::StrCat("goes beyond the ", expected_bytes_,
                                           " bytes that start.byte_count announced"));
  }
  bytes_.append(message_.data());
  call_->AddBytes(message_.data().size());
  return absl::OkStatus();
}

// Memory is taken only after it is known to be allowed; what is reserved in the
// string becomes real as it is filled.
absl::Status UploadCall::Begin(v1::UploadStart&& start) {
  if (input_.has_value()) return FieldError("start", "may be set in the first message only");
  expected_bytes_ = start.byte_count();
  if (expected_bytes_ == 0) {
    return FieldError("start.byte_count", "is 0; set it to the number of bytes that follow");
  }
  if (expected_bytes_ > service_.max_upload_bytes) return TooLarge(service_.max_upload_bytes);
  DV_ASSIGN_OR_RETURN(
      Input input,
      FromProtoWithoutBytes("start.input", std::move(*start.mutable_input()), expected_bytes_));
  DV_ASSIGN_OR_RETURN(reserved_, service_.uploads->Reserve(expected_bytes_));
  input_ = std::move(input);
  bytes_.reserve(expected_bytes_);
  return absl::OkStatus();
}

absl::StatusOr<Input> UploadCall::TakeInput() {
  if (!input_.has_value()) {
    return FieldError("start", "is not set; the first message must say what is uploaded");
  }
  if (bytes_.size() != expected_bytes_) {
    return FieldError("data", absl::StrCat("was ", bytes_.size(), " bytes long in all; ",
                                           "start.byte_count announced ", expected_bytes_));
  }
  Input input = *std::exchange(input_, std::nullopt);
  SetBytes(input, std::exchange(bytes_, {}));
  return input;
}

void UploadCall::Store() {
  absl::StatusOr<Input> input;
  {
    absl::MutexLock lock(&mutex_);
    if (ended_) return;
    input = TakeInput();
  }
  if (!input.ok()) return End(input.status());
  service_.engine->StoreInput(
      *std::move(input), cancellation_,
      [ending = std::make_unique<Ending>(shared_from_this())](absl::StatusOr<std::string> digest) {
        ending->call->End(std::move(digest));
      });
}

UploadCall::Ending::~Ending() { call->End(StoppingError()); }

// Gives back at once what the call held, although gRPC may keep it a while.
void UploadCall::End(absl::StatusOr<std::string> digest) {
  grpc::Status status;
  {
    ByteBudget::Reservation reserved;  // given back before the client hears of the end
    std::string bytes;
    absl::MutexLock lock(&mutex_);
    if (std::exchange(ended_, true)) return;
    reserved = std::move(reserved_);
    bytes.swap(bytes_);
    input_.reset();
    if (digest.ok()) response_->set_input_digest(*std::move(digest));
    call_->SetStatus(digest.status());
    status = ToGrpcStatus(digest.status(), call_->id());
  }
  finish_.Give();
  Finish(status);
}

void UploadCall::OnCancel() {
  made_.Take();
  cancellation_.Cancel();
  End(absl::CancelledError("the client left"));
}

void UploadCall::OnDone() {
  finish_.Take();
  std::shared_ptr<UploadCall> self;
  std::unique_ptr<Call> call;
  std::unique_ptr<grpc::Alarm> timer;
  absl::MutexLock lock(&mutex_);
  timer = std::move(timer_);
  call = std::move(call_);
  self = std::move(self_);
}

void UploadCall::SetTimer() {
  const absl::Time now = absl::Now();
  const absl::Time next = std::max(last_change_ + service_.stream.stall_timeout, now);
  timer_ = std::make_unique<grpc::Alarm>();  // an alarm must not be set in its own callback
  timer_->Set(absl::ToChronoTime(std::min(next, latest_end_)),
              [weak = weak_from_this()](bool expired) {
                const std::shared_ptr<UploadCall> call = weak.lock();
                if (expired && call) call->OnTimer();
              });
}

void UploadCall::OnTimer() {
  absl::Status end;
  {
    absl::MutexLock lock(&mutex_);
    if (ended_ || !self_) return;
    const absl::Time now = absl::Now();
    if (now >= latest_end_) end = NoDeadlineError();
    if (now - last_change_ >= service_.stream.stall_timeout) end = Stalled();
    if (end.ok()) SetTimer();
  }
  if (!end.ok()) {
    cancellation_.Cancel();
    End(end);
  }
}

}  // namespace deepvision
