// An executor that keeps its tasks until the test runs them, one by one, on the
// test's thread.
#ifndef DEEPVISION_TESTS_SUPPORT_MANUAL_EXECUTOR_H_
#define DEEPVISION_TESTS_SUPPORT_MANUAL_EXECUTOR_H_

#include <deque>
#include <utility>

#include "core/base/executor.h"

namespace deepvision {

class ManualExecutor : public Executor {
 public:
  absl::Status Post(Priority, Work work) override {
    if (stopped_) return absl::UnavailableError("stopped");
    work_.push_back(std::move(work));
    return absl::OkStatus();
  }

  size_t size() const { return work_.size(); }

  // False when nothing waits.
  bool RunOne() {
    if (work_.empty()) return false;
    Work work = std::move(work_.front());
    work_.pop_front();
    std::move(work)();
    return true;
  }

  void RunAll() {
    while (RunOne()) {
    }
  }

  // What waits is destroyed without running.
  void Stop() override {
    stopped_ = true;
    std::exchange(work_, {}).clear();
  }

 private:
  bool stopped_ = false;
  std::deque<Work> work_;
};

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_MANUAL_EXECUTOR_H_
