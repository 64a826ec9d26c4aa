// Named places where a test can stop a thread or make a function fail:
//
//   DV_FAULT_POINT("before_forward");   // in a function that returns a Status
//   DV_DELAY_POINT("before_finish");    // elsewhere: can only be held up
//
// and in a test:
//
//   ScopedFault fault("before_forward", [] { return absl::InternalError("x"); });
//
// They exist only in builds for tests (-DDEEPVISION_FAULT_POINTS=ON); in others
// the macros are nothing at all.
//
// The places, in the order of a request: after_parse, enqueue, dequeue,
// before_forward, between_operators, after_encode, before_start_write,
// before_finish; read_model, when a model file is opened; and leak_buffer, which
// when it fails leaks a buffer.
//
// Threading: thread-safe. An action runs on the thread that comes by, on several
// at once.
#ifndef DEEPVISION_CORE_BASE_FAULT_POINT_H_
#define DEEPVISION_CORE_BASE_FAULT_POINT_H_

#ifdef DEEPVISION_FAULT_POINTS

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "core/base/status_macros.h"

#define DV_FAULT_POINT(name) DV_RETURN_IF_ERROR(::deepvision::ReachFaultPoint(name))
#define DV_DELAY_POINT(name) ::deepvision::ReachFaultPoint(name).IgnoreError()
#define DV_FAULT_POINT_FAILS(name) (!::deepvision::ReachFaultPoint(name).ok())

namespace deepvision {

// What the action of `name` says; OK when there is none. The names in the
// environment variable DEEPVISION_FAULTS (separated by commas) always fail.
absl::Status ReachFaultPoint(const char* name);

// Sets an action for its own lifetime. Does not wait for actions that run.
class ScopedFault {
 public:
  ScopedFault(std::string name, std::function<absl::Status()> action);
  ~ScopedFault();
  ScopedFault(const ScopedFault&) = delete;
  ScopedFault& operator=(const ScopedFault&) = delete;

 private:
  const std::string name_;
};

}  // namespace deepvision

#else

#define DV_FAULT_POINT(name) static_cast<void>(0)
#define DV_DELAY_POINT(name) static_cast<void>(0)
#define DV_FAULT_POINT_FAILS(name) false

#endif  // DEEPVISION_FAULT_POINTS

#endif  // DEEPVISION_CORE_BASE_FAULT_POINT_H_
