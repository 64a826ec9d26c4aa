// A clock that the test turns.
#ifndef DEEPVISION_TESTS_SUPPORT_MANUAL_TIMER_H_
#define DEEPVISION_TESTS_SUPPORT_MANUAL_TIMER_H_

#include <map>
#include <utility>

#include "core/base/timer.h"

namespace deepvision {

class ManualTimer final : public Timer {
 public:
  absl::Time Now() const override { return now_; }
  void At(absl::Time time, absl::AnyInvocable<void() &&> task) override {
    tasks_.emplace(time, std::move(task));
  }

  // Turns the clock on, and runs what is due by then, in its order.
  void Advance(absl::Duration duration) {
    now_ += duration;
    while (!tasks_.empty() && tasks_.begin()->first <= now_) {
      auto task = std::move(tasks_.begin()->second);
      tasks_.erase(tasks_.begin());
      std::move(task)();
    }
  }

  size_t waiting() const { return tasks_.size(); }

 private:
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  std::multimap<absl::Time, absl::AnyInvocable<void() &&>> tasks_;
};

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_MANUAL_TIMER_H_
