// Threading: immutable.
#ifndef DEEPVISION_BENCHMARKS_SUPPORT_STOPWATCH_H_
#define DEEPVISION_BENCHMARKS_SUPPORT_STOPWATCH_H_

#include <chrono>

namespace deepvision {

// Runs from its construction.
class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  double Milliseconds() const { return Seconds() * 1e3; }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace deepvision

#endif  // DEEPVISION_BENCHMARKS_SUPPORT_STOPWATCH_H_
