// Where work runs is injected: an Executor takes tasks and runs them some time,
// somewhere. Tests use ManualExecutor (tests/support) or InlineExecutor.
//
// Threading: Post is thread-safe and does not block.
#ifndef DEEPVISION_CORE_BASE_EXECUTOR_H_
#define DEEPVISION_CORE_BASE_EXECUTOR_H_

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "core/base/core_budget.h"

namespace deepvision {

using Work = absl::AnyInvocable<void() &&>;

// Which queue a task waits in: every interactive task runs before any
// background task. A continuation goes on with a request that was admitted
// before: it waits its turn among the interactive tasks and is never refused for
// want of room, so a request may have only a bounded number of them.
enum class Priority { kInteractive, kContinuation, kBackground };

// Tasks that wait.
struct QueueDepths {
  size_t interactive = 0;  // continuations included
  size_t background = 0;
};

class Executor {
 public:
  virtual ~Executor() = default;

  // Takes `task`, or says why not; a refused task is destroyed without running:
  //   kResourceExhausted  the queue of this priority is full
  //   kUnavailable        the executor has stopped
  virtual absl::Status Post(Priority priority, Work task) = 0;

  // Called by a task, where others may go before its rest: lets who waits for its cores
  // have them first, runs the interactive tasks that then wait, on the calling
  // thread, and returns. What those destroy must not be in use by the task.
  virtual void RunInteractive() {}

  virtual QueueDepths Depths() const { return {}; }

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
// thread it is the worker of a device: tasks never overlap. With a CoreBudget,
// each task holds `cores_per_task` of its cores while it runs.
//
// The destructor stops it. Tasks that are dropped never run, so callers must
// report from the task's destructor or hold no obligations.
class ThreadExecutor : public Executor {
 public:
  struct Options {
    int threads = 1;
    size_t max_interactive = 64;
    size_t max_background = 64;
    std::shared_ptr<CoreBudget> cores;  // null: tasks run when a thread is free
    int cores_per_task = 1;
  };

  explicit ThreadExecutor(Options options);
  ~ThreadExecutor() override;
  ThreadExecutor(const ThreadExecutor&) = delete;
  ThreadExecutor& operator=(const ThreadExecutor&) = delete;

  absl::Status Post(Priority priority, Work task) override;
  void RunInteractive() override;
  QueueDepths Depths() const override;
  void Stop() override;

  // Refuses new tasks, runs the ones that wait, and joins. Blocks.
  void Drain();

 private:
  void Run();
  Work TakeNext();
  Work TakeInteractive();
  bool HasWorkOrStops() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopped_ || !interactive_.empty() || !background_.empty();
  }

  const Options options_;
  mutable absl::Mutex mutex_;
  std::deque<Work> interactive_ ABSL_GUARDED_BY(mutex_);
  std::deque<Work> background_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_BASE_EXECUTOR_H_
