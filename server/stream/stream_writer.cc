#include "server/stream/stream_writer.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/time/clock.h"
#include "core/api/error.h"
#include "core/base/fault_point.h"
#include "server/convert/status_convert.h"

namespace deepvision {
namespace {

absl::Time LatestEnd(const grpc::CallbackServerContext& context, absl::Duration max_duration) {
  const bool has_deadline = context.deadline() != std::chrono::system_clock::time_point::max();
  return has_deadline ? absl::InfiniteFuture() : absl::Now() + max_duration;
}

absl::Status Stalled() {
  return WithReason(absl::DeadlineExceededError(
                        "the client took no data for too long; read the stream as it comes"),
                    "READER_STALLED");
}

}  // namespace

std::shared_ptr<StreamWriter> StreamWriter::Start(grpc::CallbackServerContext* context,
                                                  std::unique_ptr<Call> call, StreamOptions options,
                                                  std::shared_ptr<BufferCounters> counters) {
  auto transport = std::make_unique<ReactorTransport<StreamReactor>>();
  StreamReactor* const reactor = transport.get();
  const auto writer =
      StartOn(std::move(transport), context, std::move(call), options, std::move(counters));
  writer->reactor_ = reactor;
  return writer;
}

std::shared_ptr<StreamWriter> StreamWriter::StartOn(std::unique_ptr<StreamTransport> transport,
                                                    grpc::CallbackServerContext* context,
                                                    std::unique_ptr<Call> call,
                                                    StreamOptions options,
                                                    std::shared_ptr<BufferCounters> counters) {
  std::shared_ptr<StreamWriter> writer = absl::WrapUnique(new StreamWriter(
      std::move(transport), context, std::move(call), options, std::move(counters)));
  writer->transport_->Listen(writer.get());
  absl::MutexLock lock(&writer->mutex_);
  writer->self_ = writer;
  writer->SetTimer();
  return writer;
}

StreamWriter::StreamWriter(std::unique_ptr<StreamTransport> transport,
                           grpc::CallbackServerContext* context, std::unique_ptr<Call> call,
                           StreamOptions options, std::shared_ptr<BufferCounters> counters)
    : transport_(std::move(transport)),
      options_(options),
      counters_(std::move(counters)),
      latest_end_(LatestEnd(*context, options.max_duration)),
      call_(std::move(call)),
      last_change_(absl::Now()),
      handle_(context->c_call()) {}

void StreamWriter::Write(OutgoingMessage message, std::function<void()> on_written) {
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    if (ending_) return;
    bytes_ahead_ += EncodedSize(message);
    pending_.push_back({std::move(message), std::move(on_written)});
    step = NextStep();
  }
  Do(step);
}

void StreamWriter::Finish(absl::Status status) {
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    if (ending_) return;
    ending_ = true;
    status_ = std::move(status);
    step = NextStep();
  }
  Do(step);
}

StreamWriter::Step StreamWriter::NextStep() {
  if (writing_ || finished_) return Step::kNothing;
  if (!pending_.empty()) {
    writing_ = true;
    if (!pending_.front().message.payload.empty()) call_->MarkPayload();
    in_flight_ = ToByteBuffer(pending_.front().message, counters_);
    on_written_ = std::move(pending_.front().on_written);
    pending_.pop_front();
    in_flight_bytes_ = in_flight_.Length();
    call_->AddBytes(in_flight_bytes_);
    last_change_ = absl::Now();
    return Step::kWrite;
  }
  if (!ending_) return Step::kNothing;
  finished_ = true;
  last_change_ = absl::Now();
  call_->SetStatus(status_);
  return Step::kFinish;
}

// Without the lock: gRPC may run reactions on this thread. That no second
// operation starts is what `writing_` and `finished_` say.
void StreamWriter::Do(Step step) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  if (step == Step::kWrite) DV_DELAY_POINT("before_start_write");
  if (step == Step::kFinish) DV_DELAY_POINT("before_finish");
  if (step == Step::kWrite) transport_->Send(&in_flight_);
  if (step == Step::kFinish) transport_->End(FinalStatus());
}

grpc::Status StreamWriter::FinalStatus() const {
  absl::MutexLock lock(&mutex_);
  return ToGrpcStatus(status_, call_->id());
}

uint64_t StreamWriter::BytesAhead() const {
  absl::MutexLock lock(&mutex_);
  return bytes_ahead_;
}

void StreamWriter::WhenTaken(uint64_t bytes, Resume resume) {
  {
    absl::MutexLock lock(&mutex_);
    if (ending_) return;
    if (bytes_ahead_ > bytes) {
      resume_at_ = bytes;
      resume_ = std::move(resume);
      return;
    }
  }
  std::move(resume)();
}

void StreamWriter::OnWriteDone(bool ok) {
  std::function<void()> on_written;
  Resume resume;
  Dropped dropped;
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    in_flight_.Clear();
    bytes_ahead_ -= std::exchange(in_flight_bytes_, 0);
    on_written = std::exchange(on_written_, nullptr);
    if (bytes_ahead_ <= resume_at_) resume = std::exchange(resume_, nullptr);
    last_change_ = absl::Now();
    if (!ok) dropped = Abandon();
    step = NextStep();
  }
  if (ok && on_written) on_written();
  if (!ok) cancellation_.Cancel();
  Do(step);
  if (ok && resume) std::move(resume)();
}

void StreamWriter::OnCancel() {
  cancellation_.Cancel();
  Dropped dropped;
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    dropped = Abandon();
    step = NextStep();
  }
  Do(step);
}

StreamWriter::Dropped StreamWriter::DropWaiting() {
  ending_ = true;
  bytes_ahead_ = in_flight_bytes_;
  return {std::exchange(pending_, {}), std::exchange(resume_, nullptr)};
}

StreamWriter::Dropped StreamWriter::Abandon() {
  if (status_.ok() && !finished_) status_ = absl::CancelledError("the client left");
  return DropWaiting();
}

void StreamWriter::OnDone() {
  std::shared_ptr<StreamWriter> self;
  std::unique_ptr<Call> call;
  CallHandle handle;
  absl::MutexLock lock(&mutex_);
  transport_->StopWaking();
  handle = std::exchange(handle_, CallHandle());
  call = std::move(call_);
  self = std::move(self_);
  cancellation_.Cancel();
}

// The timer is not moved when a message is written, as that would cost more than
// the message: it looks at least every shortest interval and finds what is due.
void StreamWriter::SetTimer() {
  const absl::Duration interval = std::min(options_.heartbeat_interval, options_.stall_timeout);
  const absl::Time now = absl::Now();
  absl::Time next = last_change_ + interval;
  if (next <= now) next = now + interval;
  next = std::min(next, latest_end_);
  std::weak_ptr<StreamWriter> weak = weak_from_this();
  transport_->WakeAt(next, [weak] {
    if (const std::shared_ptr<StreamWriter> writer = weak.lock()) writer->OnTimer();
  });
}

StreamWriter::Due StreamWriter::CheckTime(absl::Time now) const {
  if (now >= latest_end_ && !finished_) return Due::kTooLong;
  const absl::Duration silent = now - last_change_;
  // After Finish gRPC still waits for the reader to take what was written.
  if (writing_ || finished_) {
    return silent >= options_.stall_timeout ? Due::kStalled : Due::kNothing;
  }
  return silent >= options_.heartbeat_interval ? Due::kHeartbeat : Due::kNothing;
}

void StreamWriter::OnTimer() {
  Due due;
  {
    absl::MutexLock lock(&mutex_);
    if (!self_) return;
    due = CheckTime(absl::Now());
    if (due == Due::kNothing || due == Due::kHeartbeat) SetTimer();
  }
  if (due == Due::kHeartbeat) Write(OutgoingMessage());
  if (due == Due::kStalled) CutOff(Stalled());
  if (due == Due::kTooLong) CutOff(NoDeadlineError());
}

// What the reader does not take ends only when the call is cancelled; without
// anything in flight the client still gets the status.
void StreamWriter::CutOff(absl::Status status) {
  cancellation_.Cancel();
  Dropped dropped;
  CallHandle handle;
  Step step;
  {
    absl::MutexLock lock(&mutex_);
    if (writing_ || finished_) handle = handle_;
    dropped = DropWaiting();
    if (finished_ && call_) call_->SetStatus(status);  // what gRPC was told is not what came of it
    if (!finished_) status_ = std::move(status);
    step = NextStep();
  }
  handle.Cancel();
  Do(step);
}

}  // namespace deepvision
