// How many images of a visualization are computed together: 1, 4 or 16.
//
// On a CPU the largest width whose step is short enough for others to wait for,
// measured; at least the images of one unit; no more than the job needs. Equal
// widths have equal bytes, and the width is recorded with each result.
//
// Threading: plain functions; on the device's thread. Blocks for some steps.
#ifndef DEEPVISION_CORE_ENGINE_BATCH_WIDTH_H_
#define DEEPVISION_CORE_ENGINE_BATCH_WIDTH_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/visualization/ascent.h"

namespace deepvision {

struct WidthRule {
  int fixed = 0;  // 1, 4 or 16; 0: measured
  absl::Duration longest_step = absl::Milliseconds(100);
};

// Of `options`, whose spec is resolved; its width and go_on do not matter. Errors of
// Ascent::Create and Step with the smallest possible width.
absl::StatusOr<int> ChooseBatchWidth(const AscentOptions& options, const WidthRule& rule);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_BATCH_WIDTH_H_
