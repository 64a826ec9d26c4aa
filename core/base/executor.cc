#include "core/base/executor.h"

#include <utility>

#include "absl/time/time.h"
#include "core/api/error.h"
#include "core/base/fault_point.h"

namespace deepvision {

ThreadExecutor::ThreadExecutor(Options options) : options_(options) {
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

ThreadExecutor::~ThreadExecutor() { ThreadExecutor::Stop(); }

void ThreadExecutor::Stop() {
  std::deque<Work> dropped_interactive, dropped_background;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    dropped_interactive.swap(interactive_);
    dropped_background.swap(background_);
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

absl::Status ThreadExecutor::Post(Priority priority, Work task) {
  DV_FAULT_POINT("enqueue");
  absl::MutexLock lock(&mutex_);
  if (stopped_) {
    return WithReason(absl::UnavailableError("the server is stopping; retry on "
                                             "another server or later"),
                      "STOPPING");
  }
  const bool background = priority == Priority::kBackground;
  std::deque<Work>& queue = background ? background_ : interactive_;
  const size_t room = background ? options_.max_background : options_.max_interactive;
  if (queue.size() >= room && priority != Priority::kContinuation) {
    return QueueFull();
  }
  queue.push_back(std::move(task));
  return absl::OkStatus();
}

void ThreadExecutor::Drain() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

QueueDepths ThreadExecutor::Depths() const {
  absl::MutexLock lock(&mutex_);
  return {interactive_.size(), background_.size()};
}

// Null when the executor has stopped.
Work ThreadExecutor::TakeNext() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &ThreadExecutor::HasWorkOrStops));
  std::deque<Work>& queue = interactive_.empty() ? background_ : interactive_;
  if (queue.empty()) return nullptr;
  Work task = std::move(queue.front());
  queue.pop_front();
  return task;
}

// Null when none waits.
Work ThreadExecutor::TakeInteractive() {
  absl::MutexLock lock(&mutex_);
  if (interactive_.empty()) return nullptr;
  Work task = std::move(interactive_.front());
  interactive_.pop_front();
  return task;
}

// Requests are prepared on another executor of the same budget, before they come
// here. Those that come meanwhile wait, so that the rest of the caller gets on.
void ThreadExecutor::RunInteractive() {
  if (options_.cores != nullptr) options_.cores->Yield(options_.cores_per_task);
  for (size_t left = Depths().interactive; left > 0; --left) {
    Work task = TakeInteractive();
    if (task == nullptr) return;
    DV_DELAY_POINT("dequeue");
    std::move(task)();
  }
}

void ThreadExecutor::Run() {
  while (Work task = TakeNext()) {
    CoreBudget::Hold cores;
    if (options_.cores != nullptr) cores = options_.cores->Acquire(options_.cores_per_task);
    DV_DELAY_POINT("dequeue");
    std::move(task)();
    task = nullptr;  // what it holds goes before the cores do
  }
}

}  // namespace deepvision
