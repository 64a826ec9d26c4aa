#include "server/call/call_tracker.h"

#include <algorithm>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/api/error.h"

namespace deepvision {

absl::Status StoppingError() {
  return WithReason(
      absl::UnavailableError("the server is stopping; retry on another server or later"),
      "STOPPING", {}, absl::Seconds(1));
}

absl::Status NoDeadlineError() {
  return WithReason(
      absl::DeadlineExceededError("the call had no deadline and took too long; set a deadline"),
      "NO_DEADLINE");
}

void Call::MarkPayload() {
  if (!summary_.first_payload) summary_.first_payload = absl::Now() - start_;
}

Call::~Call() {
  summary_.duration = absl::Now() - start_;
  tracker_->End(summary_);
}

// Ids of two runs of the server differ, so that a log that holds both is clear.
CallTracker::CallTracker(Report report)
    : report_(std::move(report)),
      id_prefix_(absl::StrCat(absl::Hex(absl::ToUnixMillis(absl::Now())), "-")) {}

std::unique_ptr<Call> CallTracker::Begin(absl::string_view method, absl::string_view peer) {
  CallSummary summary;
  summary.id = absl::StrCat(id_prefix_, next_id_.fetch_add(1, std::memory_order_relaxed));
  summary.method = std::string(method);
  summary.peer = std::string(peer);
  {
    absl::MutexLock lock(&mutex_);
    ++live_;
  }
  return absl::WrapUnique(new Call(this, std::move(summary), absl::Now()));
}

absl::Status CallTracker::CheckAccepting() const {
  absl::MutexLock lock(&mutex_);
  return accepting_ ? absl::OkStatus() : StoppingError();
}

void CallTracker::WhenStopping(std::weak_ptr<const void> owner, std::function<void()> stop) {
  {
    absl::MutexLock lock(&mutex_);
    if (accepting_) {
      listeners_.erase(
          std::remove_if(listeners_.begin(), listeners_.end(),
                         [](const Listener& listener) { return listener.owner.expired(); }),
          listeners_.end());
      listeners_.push_back({std::move(owner), std::move(stop)});
      return;
    }
  }
  stop();
}

void CallTracker::StopAccepting() {
  std::vector<Listener> listeners;
  {
    absl::MutexLock lock(&mutex_);
    accepting_ = false;
    listeners.swap(listeners_);
  }
  for (const Listener& listener : listeners) {
    if (const auto owner = listener.owner.lock()) listener.stop();
  }
}

int64_t CallTracker::live_calls() const {
  absl::MutexLock lock(&mutex_);
  return live_;
}

bool CallTracker::WaitUntilIdle(absl::Time deadline) const {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithDeadline(absl::Condition(this, &CallTracker::IsIdle), deadline);
}

// The line stands in the log before anyone can see that the call is gone.
void CallTracker::End(const CallSummary& summary) {
  if (report_) report_(summary);
  absl::MutexLock lock(&mutex_);
  --live_;
}

}  // namespace deepvision
