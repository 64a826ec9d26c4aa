// Lets requests have the device in the middle of a long computation.
//
//   Intermission intermission([&device] { device.RunInteractive(); }, absl::Milliseconds(25));
//   options.go_on = [&intermission] { return intermission.Offer(), true; };
//
// A step of a visualization may take longer than people who look at activations like
// to wait; between two of its operators they need not.
//
// Threading: belongs to the thread that makes it, the device's; Offer may be called on
// others and then does nothing (torch may compute gradients on threads of its own).
#ifndef DEEPVISION_CORE_ENGINE_INTERMISSION_H_
#define DEEPVISION_CORE_ENGINE_INTERMISSION_H_

#include <functional>
#include <thread>

#include "absl/time/time.h"

namespace deepvision {

class Intermission {
 public:
  // `others` runs what waits for the device; may be empty. The computation gets at
  // least `every` between two intermissions.
  Intermission(std::function<void()> others, absl::Duration every);

  // Here others may go.
  void Offer();

  // A clock that stands still while others have the device. Only differences mean
  // something: it is no time of day, which may be set meanwhile.
  absl::Time Now() const;

 private:
  const std::function<void()> others_;
  const absl::Duration every_;
  const std::thread::id thread_ = std::this_thread::get_id();
  absl::Time next_;
  absl::Duration taken_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_INTERMISSION_H_
