// The property of plans that continue: whatever values exist already and
// whatever is asked for, the targets are those of a full run, bit for bit, and
// the values that existed are as they were.
//
// Threading: none; a failed comparison fails the test.
#ifndef DEEPVISION_TESTS_SUPPORT_CONTINUED_RUNS_H_
#define DEEPVISION_TESTS_SUPPORT_CONTINUED_RUNS_H_

#include <ATen/core/Tensor.h>

#include <memory>

#include "core/graph/graph.h"

namespace deepvision {

// Checks it for `rounds` random choices among all values that have a name.
void CheckContinuedRuns(const std::shared_ptr<const Graph>& graph, const at::Tensor& input,
                        int rounds = 40);

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_CONTINUED_RUNS_H_
