// A function that may never return, on a thread of its own that can be given up:
//
//   Abandonable<Model> reading([path] { return Read(path); });
//   std::optional<Model> model = reading.WaitFor(absl::Minutes(5));
//
// Not a way to bound work that could ask for the time itself: a thread that was
// given up keeps its memory and its core until its function returns, if ever.
//
// Threading: thread-safe; WaitFor is called once. Copies share the thread.
// Ownership: the function must own all it uses, for it may outlive everything.
// The destructor does not wait.
#ifndef DEEPVISION_CORE_BASE_ABANDONABLE_H_
#define DEEPVISION_CORE_BASE_ABANDONABLE_H_

#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace deepvision {

template <typename T>
class Abandonable {
 public:
  // Starts `function`.
  explicit Abandonable(absl::AnyInvocable<T() &&> function) : state_(std::make_shared<State>()) {
    std::thread([state = state_, function = std::move(function)]() mutable {
      state->Return(std::move(function)());
    }).detach();
  }

  // The function's result; nothing when it is not there after `limit`. Blocks.
  std::optional<T> WaitFor(absl::Duration limit) {
    absl::MutexLock lock(&state_->mutex);
    state_->mutex.AwaitWithDeadline(absl::Condition(state_.get(), &State::HasReturned),
                                    absl::Now() + limit);
    return std::move(state_->result);
  }

  // The function has not returned yet.
  bool IsRunning() const {
    absl::MutexLock lock(&state_->mutex);
    return state_->running;
  }

 private:
  struct State {
    absl::Mutex mutex;
    std::optional<T> result ABSL_GUARDED_BY(mutex);
    bool running ABSL_GUARDED_BY(mutex) = true;

    void Return(T value) {
      absl::MutexLock lock(&mutex);
      result.emplace(std::move(value));
      running = false;
    }
    bool HasReturned() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) { return !running; }
  };

  std::shared_ptr<State> state_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_BASE_ABANDONABLE_H_
