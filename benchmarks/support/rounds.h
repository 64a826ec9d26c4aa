// How often something is measured: often enough for a median, not longer than
// anybody waits.
//
//   for (Rounds rounds(5, 41); rounds.Next();) {
//     const double time = Measure();
//     if (!rounds.warming_up()) samples.Add(time);
//   }
//
// Threading: one caller at a time.
#ifndef DEEPVISION_BENCHMARKS_SUPPORT_ROUNDS_H_
#define DEEPVISION_BENCHMARKS_SUPPORT_ROUNDS_H_

#include "benchmarks/support/stopwatch.h"

namespace deepvision {

class Rounds {
 public:
  Rounds(int warm_ups, int rounds) : warm_ups_(warm_ups), rounds_(rounds) {}

  // On a slow or busy machine fewer rounds must do.
  bool Next() {
    ++started_;
    const int measured = started_ - 1 - warm_ups_;
    if (measured >= rounds_) return false;
    return measured < kFewest || watch_.Seconds() < kSeconds;
  }
  bool warming_up() const { return started_ <= warm_ups_; }

 private:
  static constexpr int kFewest = 7;
  static constexpr double kSeconds = 30;

  const Stopwatch watch_;
  const int warm_ups_;
  const int rounds_;
  int started_ = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_BENCHMARKS_SUPPORT_ROUNDS_H_
