#include "core/base/timer.h"

#include <utility>

#include "absl/time/clock.h"

namespace deepvision {

ThreadTimer::ThreadTimer() : thread_([this] { Run(); }) {}

ThreadTimer::~ThreadTimer() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  thread_.join();
}

absl::Time ThreadTimer::Now() const { return absl::Now(); }

void ThreadTimer::At(absl::Time time, Task task) {
  absl::MutexLock lock(&mutex_);
  tasks_.emplace(time, std::move(task));
}

void ThreadTimer::Run() {
  while (Task task = WaitForNext()) std::move(task)();
}

ThreadTimer::Task ThreadTimer::WaitForNext() {
  absl::MutexLock lock(&mutex_);
  while (!stopped_) {
    awaited_ = tasks_.empty() ? absl::InfiniteFuture() : tasks_.begin()->first;
    if (awaited_ <= absl::Now()) {
      Task task = std::move(tasks_.begin()->second);
      tasks_.erase(tasks_.begin());
      return task;
    }
    mutex_.AwaitWithDeadline(absl::Condition(this, &ThreadTimer::StopsOrHasEarlier), awaited_);
  }
  return nullptr;
}

}  // namespace deepvision
