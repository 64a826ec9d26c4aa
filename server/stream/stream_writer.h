// The one way to answer a streaming call: takes finished messages from any thread
// and writes them in order, one at a time, without copying payloads.
//
//   std::shared_ptr<StreamWriter> writer = StreamWriter::Start(context, …);
//   writer->Write(message);        // any number, from any thread
//   writer->Finish(status);        // once everything before it was written
//   return writer->reactor();      // to gRPC
//
// A bidirectional call brings a reactor of its own (StartOn), which reads.
//
// It also keeps the promises that every stream makes:
//   * a stream that is silent sends a heartbeat (an empty message),
//   * a reader that takes nothing for `stall_timeout` is cut off,
//   * a call without a deadline ends after `max_duration`, if that is finite,
//   * when the client leaves, `cancellation()` is raised and what waits is
//     dropped.
//
// Threading: every method is thread-safe and does not block. `on_written` runs
// on a thread of gRPC, without locks held.
// Ownership: gRPC and the producers share the writer; it dies after OnDone and
// the last producer. After the end of the call, Write and Finish do nothing.
#ifndef DEEPVISION_SERVER_STREAM_STREAM_WRITER_H_
#define DEEPVISION_SERVER_STREAM_STREAM_WRITER_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <deque>
#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/api/cancellation.h"
#include "server/call/call_tracker.h"
#include "server/stream/call_handle.h"
#include "server/stream/outgoing_message.h"
#include "server/stream/stream_transport.h"

namespace deepvision {

struct StreamOptions {
  absl::Duration heartbeat_interval = absl::Seconds(10);
  absl::Duration stall_timeout = absl::Seconds(30);
  // For calls whose client set no deadline; unary ones, too.
  absl::Duration max_duration = absl::Minutes(30);
};

using StreamReactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;

class StreamWriter final : private StreamEvents, public std::enable_shared_from_this<StreamWriter> {
 public:
  static std::shared_ptr<StreamWriter> Start(grpc::CallbackServerContext* context,
                                             std::unique_ptr<Call> call, StreamOptions options,
                                             std::shared_ptr<BufferCounters> counters);

  // On a reactor of the caller's: `transport` is also what goes to gRPC.
  static std::shared_ptr<StreamWriter> StartOn(std::unique_ptr<StreamTransport> transport,
                                               grpc::CallbackServerContext* context,
                                               std::unique_ptr<Call> call, StreamOptions options,
                                               std::shared_ptr<BufferCounters> counters);

  // What to return to gRPC, of Start; valid until OnDone.
  StreamReactor* reactor() { return reactor_; }
  const CancellationToken& cancellation() const { return cancellation_; }

  // Appends a message. `on_written`, if any, is called when the transport has
  // taken it, and dropped without a call when the stream ends before.
  void Write(OutgoingMessage message, std::function<void()> on_written = nullptr);

  // Ends the call with `status` after all messages; the first call counts.
  void Finish(absl::Status status);

  // Bytes of messages that the transport has not taken.
  uint64_t BytesAhead() const;
  // Calls `resume` once BytesAhead() is at most `bytes`: before it returns, or on
  // a thread of gRPC, in both cases without locks held. One call may wait at a
  // time. When the call ends before, `resume` is dropped.
  void WhenTaken(uint64_t bytes, absl::AnyInvocable<void() &&> resume);

 private:
  using Resume = absl::AnyInvocable<void() &&>;
  struct Pending {
    OutgoingMessage message;
    std::function<void()> on_written;
  };
  // What nobody needs after the end of the call; destroyed without the lock, as
  // its callbacks may own anything.
  struct Dropped {
    std::deque<Pending> pending;
    Resume resume;
  };
  // What to ask of gRPC next, decided under the mutex and done without it.
  enum class Step { kNothing, kWrite, kFinish };
  // What the timer found.
  enum class Due { kNothing, kHeartbeat, kStalled, kTooLong };

  StreamWriter(std::unique_ptr<StreamTransport> transport, grpc::CallbackServerContext* context,
               std::unique_ptr<Call> call, StreamOptions options,
               std::shared_ptr<BufferCounters> counters);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  Step NextStep() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Do(Step step) ABSL_LOCKS_EXCLUDED(mutex_);
  grpc::Status FinalStatus() const ABSL_LOCKS_EXCLUDED(mutex_);
  Dropped DropWaiting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Dropped Abandon() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void SetTimer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnTimer() ABSL_LOCKS_EXCLUDED(mutex_);
  Due CheckTime(absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CutOff(absl::Status status) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::unique_ptr<StreamTransport> transport_;
  StreamReactor* reactor_ = nullptr;  // set by Start
  const StreamOptions options_;
  const std::shared_ptr<BufferCounters> counters_;
  const absl::Time latest_end_;
  const CancellationToken cancellation_;

  mutable absl::Mutex mutex_;
  std::unique_ptr<Call> call_ ABSL_GUARDED_BY(mutex_);
  std::deque<Pending> pending_ ABSL_GUARDED_BY(mutex_);
  uint64_t bytes_ahead_ ABSL_GUARDED_BY(mutex_) = 0;  // pending and in flight
  uint64_t resume_at_ ABSL_GUARDED_BY(mutex_) = 0;
  Resume resume_ ABSL_GUARDED_BY(mutex_);
  grpc::ByteBuffer in_flight_ ABSL_GUARDED_BY(mutex_);
  uint64_t in_flight_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::function<void()> on_written_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;    // Finish was called, or the call broke
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;  // gRPC was told
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  absl::Time last_change_ ABSL_GUARDED_BY(mutex_);
  CallHandle handle_ ABSL_GUARDED_BY(mutex_);                   // until OnDone
  std::shared_ptr<StreamWriter> self_ ABSL_GUARDED_BY(mutex_);  // until OnDone
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_STREAM_STREAM_WRITER_H_
