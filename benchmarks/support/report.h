// One line of results per call, on standard output, as tab-separated columns;
// benchmarks/table.py makes the table and the JSON of them.
//
// Threading: plain functions.
#ifndef DEEPVISION_BENCHMARKS_SUPPORT_REPORT_H_
#define DEEPVISION_BENCHMARKS_SUPPORT_REPORT_H_

#include <optional>
#include <string>

#include "benchmarks/support/samples.h"

namespace deepvision {

struct Row {
  std::string name;
  double figure = 0;
  std::string unit;
  // To what the figure is compared with.
  std::optional<double> ratio;
  // ">= 0.9" or "<= 50", of the ratio when there is one, else of the figure.
  // Empty: told, not judged.
  std::string target;
  double noise = 0;  // of what the target is about; see Samples::Noise
};

void Print(const Row& row);

// The median of `figure`, and the median of its ratios to `base`.
Row Compared(std::string name, const Samples& figure, std::string unit, const Samples& base,
             std::string target);

// What a person who waits wants to know; on standard error.
void Say(const std::string& text);

}  // namespace deepvision

#endif  // DEEPVISION_BENCHMARKS_SUPPORT_REPORT_H_
