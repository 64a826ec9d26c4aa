// The clock, and something to be done later: injected, so that tests turn it by
// hand (tests/support/manual_timer.h).
//
// Threading: thread-safe.
#ifndef DEEPVISION_CORE_BASE_TIMER_H_
#define DEEPVISION_CORE_BASE_TIMER_H_

#include <map>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace deepvision {

class Timer {
 public:
  virtual ~Timer() = default;

  virtual absl::Time Now() const = 0;
  // Runs `task` once at `time` or soon after, on a thread that it must not hold up;
  // never before At returns. A task whose time does not come is destroyed with the
  // timer.
  virtual void At(absl::Time time, absl::AnyInvocable<void() &&> task) = 0;
};

// The machine's clock, and one thread that sleeps until the next task.
class ThreadTimer final : public Timer {
 public:
  ThreadTimer();
  // Waits for the task that runs.
  ~ThreadTimer() override;
  ThreadTimer(const ThreadTimer&) = delete;
  ThreadTimer& operator=(const ThreadTimer&) = delete;

  absl::Time Now() const override;
  void At(absl::Time time, absl::AnyInvocable<void() &&> task) override;

 private:
  using Task = absl::AnyInvocable<void() &&>;

  void Run();
  // Null when the timer goes.
  Task WaitForNext();
  bool StopsOrHasEarlier() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopped_ || (!tasks_.empty() && tasks_.begin()->first < awaited_);
  }

  absl::Mutex mutex_;
  std::multimap<absl::Time, Task> tasks_ ABSL_GUARDED_BY(mutex_);
  absl::Time awaited_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_BASE_TIMER_H_
