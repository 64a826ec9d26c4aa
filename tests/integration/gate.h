// Holds up the first thread that comes by a fault point, until it is opened:
//
//   Gate gate("between_operators");
//   …                        // start a call
//   gate.WaitForArrival();   // it is there now, and stays
//   gate.Open();
//
// Threading: thread-safe. The destructor opens the gate.
#ifndef DEEPVISION_TESTS_INTEGRATION_GATE_H_
#define DEEPVISION_TESTS_INTEGRATION_GATE_H_

#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/fault_point.h"

namespace deepvision {

class Gate {
 public:
  explicit Gate(const std::string& point)
      : state_(std::make_shared<State>()),
        fault_(point, [state = state_] { return state->Pass(); }) {}
  ~Gate() { Open(); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // False when nobody comes within 20 s.
  bool WaitForArrival() const {
    absl::MutexLock lock(&state_->mutex);
    return state_->mutex.AwaitWithTimeout(absl::Condition(&state_->taken), absl::Seconds(20));
  }

  void Open() {
    absl::MutexLock lock(&state_->mutex);
    state_->open = true;
  }

 private:
  struct State {
    absl::Mutex mutex;
    bool taken = false;
    bool open = false;

    absl::Status Pass() {
      absl::MutexLock lock(&mutex);
      if (taken) return absl::OkStatus();
      taken = true;
      mutex.Await(absl::Condition(&open));
      return absl::OkStatus();
    }
  };

  const std::shared_ptr<State> state_;
  const ScopedFault fault_;
};

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_INTEGRATION_GATE_H_
