// Decisions about visualization jobs that need neither a clock nor a device: which
// job comes next, where a slice stops, how fast it goes.
//
// Threading: plain functions and values.
#ifndef DEEPVISION_CORE_ENGINE_VISUALIZATION_SCHEDULE_H_
#define DEEPVISION_CORE_ENGINE_VISUALIZATION_SCHEDULE_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace deepvision {

// The order in which jobs have the device: higher priority first, then those that
// came first.
struct JobTurn {
  int priority = 0;
  uint64_t arrival = 0;

  bool operator<(const JobTurn& other) const {
    if (priority != other.priority) return priority > other.priority;
    return arrival < other.arrival;
  }
};

// The steps after which a small picture of an image of `steps` steps is kept: at most
// `count`, rising, spaced as their logarithms, from 1 to below `steps`.
std::vector<int> SnapshotSteps(int steps, int count = 16);

// How many steps an image that has taken `step` may take until a step is reached
// that somebody wants to see: one of `stops` (rising), a multiple of `every` (0:
// none), or the last.
int StepsUntilStop(int step, int last, const std::vector<int>& stops, int every);

// Steps per second, over the last seconds.
class RateMeter {
 public:
  // `steps` more have been taken by `now`. The first call only starts the clock.
  void Add(int64_t steps, absl::Time now);
  // The job did not run until now: the time before does not count.
  void Restart() { samples_.clear(); }
  // 0: not known.
  double PerSecond() const;

 private:
  std::deque<std::pair<absl::Time, int64_t>> samples_;  // time, total
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_VISUALIZATION_SCHEDULE_H_
