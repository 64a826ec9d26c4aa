#include "core/base/executor.h"

#include <utility>

#include "absl/time/time.h"
#include "core/api/error.h"

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
  absl::MutexLock lock(&mutex_);
  if (stopped_) {
    return WithReason(absl::UnavailableError("the server is stopping; retry on "
                                             "another server or later"),
                      "STOPPING");
  }
  const bool interactive = priority == Priority::kInteractive;
  std::deque<Work>& queue = interactive ? interactive_ : background_;
  if (queue.size() >= (interactive ? options_.max_interactive : options_.max_background)) {
    return WithReason(absl::ResourceExhaustedError("too many requests wait; retry later"),
                      "QUEUE_FULL", {}, absl::Milliseconds(200));
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

void ThreadExecutor::Run() {
  while (true) {
    Work task;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &ThreadExecutor::HasWorkOrStops));
      std::deque<Work>& queue = interactive_.empty() ? background_ : interactive_;
      if (queue.empty()) return;
      task = std::move(queue.front());
      queue.pop_front();
    }
    std::move(task)();
  }
}

}  // namespace deepvision
