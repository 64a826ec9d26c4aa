// A program that a benchmark starts and ends, talked to line by line.
//
// Threading: one caller at a time.
// Ownership: the destructor closes the child's input, asks it to end and waits.
#ifndef DEEPVISION_BENCHMARKS_SUPPORT_CHILD_PROCESS_H_
#define DEEPVISION_BENCHMARKS_SUPPORT_CHILD_PROCESS_H_

#include <sys/types.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace deepvision {

class ChildProcess {
 public:
  // What becomes of its standard output and error.
  enum class Output {
    kLines,    // standard output is read by ReadLine, errors are shown
    kDropped,  // both are written, to nowhere
  };

  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(std::vector<std::string> command,
                                                             Output output);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Blocks; kUnavailable when the child has ended.
  absl::StatusOr<std::string> ReadLine();
  void WriteLine(const std::string& line);

  // Processor time of all its threads so far.
  double CpuSeconds() const;

 private:
  ChildProcess(pid_t pid, FILE* input, FILE* output) : pid_(pid), input_(input), output_(output) {}

  const pid_t pid_;
  FILE* const input_;
  FILE* const output_;  // null when dropped
};

}  // namespace deepvision

#endif  // DEEPVISION_BENCHMARKS_SUPPORT_CHILD_PROCESS_H_
