// Where work runs is injected: an Executor takes tasks and runs them some time,
// somewhere. Tests use ManualExecutor (tests/support) or InlineExecutor.
//
// Threading: Post is thread-safe and does not block.
#ifndef DEEPVISION_CORE_BASE_EXECUTOR_H_
#define DEEPVISION_CORE_BASE_EXECUTOR_H_

#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace deepvision {

using Work = absl::AnyInvocable<void() &&>;

// Which queue a task waits in: every interactive task runs before any
// background task.
enum class Priority { kInteractive, kBackground };

class Executor {
 public:
  virtual ~Executor() = default;

  // Takes `task`, or says why not; a refused task is destroyed without running:
  //   kResourceExhausted  the queue of this priority is full
  //   kUnavailable        the executor has stopped
  virtual absl::Status Post(Priority priority, Work task) = 0;

  // Refuses new tasks, drops the ones that wait (their destructors run) and
  // returns when the running ones have ended. Post may still be called, and
  // refuses: two executors whose tasks post to each other are both stopped
  // before either is destroyed.
  virtual void Stop() {}
};

// Runs each task at once, on the calling thread.
class InlineExecutor : public Executor {
 public:
  absl::Status Post(Priority, Work task) override {
    std::move(task)();
    return absl::OkStatus();
  }
};

// `threads` threads behind two bounded first-in-first-out queues. With one
// thread it is the worker of a device: tasks never overlap.
//
// The destructor stops it. Tasks that are dropped never run, so callers must
// report from the task's destructor or hold no obligations.
class ThreadExecutor : public Executor {
 public:
  struct Options {
    int threads = 1;
    size_t max_interactive = 64;
    size_t max_background = 64;
  };

  explicit ThreadExecutor(Options options);
  ~ThreadExecutor() override;
  ThreadExecutor(const ThreadExecutor&) = delete;
  ThreadExecutor& operator=(const ThreadExecutor&) = delete;

  absl::Status Post(Priority priority, Work task) override;
  void Stop() override;

  // Refuses new tasks, runs the ones that wait, and joins. Blocks.
  void Drain();

 private:
  void Run();
  bool HasWorkOrStops() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopped_ || !interactive_.empty() || !background_.empty();
  }

  const Options options_;
  absl::Mutex mutex_;
  std::deque<Work> interactive_ ABSL_GUARDED_BY(mutex_);
  std::deque<Work> background_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_BASE_EXECUTOR_H_
