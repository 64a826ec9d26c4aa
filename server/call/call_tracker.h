// Who is being served: gives every call an id, counts the calls that are alive,
// reports each at its end, and refuses new ones while the server drains.
//
//   CallTracker tracker(log_one_line);
//   std::unique_ptr<Call> call = tracker.Begin("…/Classify", peer);
//   absl::Status admitted = tracker.CheckAccepting();
//   …
//   call->SetStatus(status);   // then ~Call reports and counts down
//
// Threading: CallTracker is thread-safe. A Call belongs to the reactor that
// made it, whose reactions do not run at the same time as its destructor.
// Ownership: the tracker must outlive its calls.
#ifndef DEEPVISION_SERVER_CALL_CALL_TRACKER_H_
#define DEEPVISION_SERVER_CALL_CALL_TRACKER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace deepvision {

// kUnavailable, with a retry hint: what a call gets that the server cannot serve
// because it stops.
absl::Status StoppingError();

// kDeadlineExceeded: what a call gets whose client set no deadline and that went
// on for as long as the server allows.
absl::Status NoDeadlineError();

// What is known of a call once it is over.
struct CallSummary {
  std::string id;
  std::string method;  // "ActivationService/StreamActivations"
  std::string peer;
  std::string client;      // name of the token that was sent
  std::string request_id;  // the client's own, if it sent one that is in order
  absl::Status status;
  absl::Duration duration;
  std::optional<absl::Duration> first_payload;  // until the first payload was handed over
  uint64_t bytes = 0;                           // payload and meta data, as handed to the transport
};

class CallTracker;

class Call {
 public:
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  const std::string& id() const { return summary_.id; }
  void SetStatus(absl::Status status) { summary_.status = std::move(status); }
  void AddBytes(uint64_t bytes) { summary_.bytes += bytes; }
  // Counts the first time.
  void MarkPayload();
  void SetClient(std::string name) { summary_.client = std::move(name); }
  void SetRequestId(std::string id) { summary_.request_id = std::move(id); }

 private:
  friend class CallTracker;
  Call(CallTracker* tracker, CallSummary summary, absl::Time start)
      : tracker_(tracker), summary_(std::move(summary)), start_(start) {}

  CallTracker* const tracker_;
  CallSummary summary_;
  const absl::Time start_;
};

class CallTracker {
 public:
  using Report = std::function<void(const CallSummary&)>;

  // `report` is called at the end of each call, from gRPC's threads: it must be
  // short.
  explicit CallTracker(Report report);

  std::unique_ptr<Call> Begin(absl::string_view method, absl::string_view peer);

  // Calls `stop` when the tracker stops accepting, at once when it has: for calls
  // that would not end by themselves. Not after `owner` has gone, whose last
  // reference may be dropped by the calling thread. Without locks held.
  void WhenStopping(std::weak_ptr<const void> owner, std::function<void()> stop);

  // StoppingError once draining.
  absl::Status CheckAccepting() const;
  void StopAccepting();

  int64_t live_calls() const;
  // Blocks until no call is alive; false when `deadline` comes first.
  bool WaitUntilIdle(absl::Time deadline) const;

 private:
  friend class Call;
  void End(const CallSummary& summary);
  struct Listener {
    std::weak_ptr<const void> owner;
    std::function<void()> stop;
  };
  bool IsIdle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return live_ == 0; }

  const Report report_;
  const std::string id_prefix_;
  std::atomic<uint64_t> next_id_{1};
  mutable absl::Mutex mutex_;
  int64_t live_ ABSL_GUARDED_BY(mutex_) = 0;
  bool accepting_ ABSL_GUARDED_BY(mutex_) = true;
  std::vector<Listener> listeners_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CALL_CALL_TRACKER_H_
