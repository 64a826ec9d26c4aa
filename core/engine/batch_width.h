// How many images of a visualization are computed together: 1, 4 or 16.
//
// The largest width whose step is short, measured; at least the images of one unit; no
// more than the job needs. Equal widths have equal bytes, and the width is recorded
// with each result. Where results must compare, the operator fixes it.
//
// Threading: plain functions; on the device's thread. Blocks for some steps.
#ifndef DEEPVISION_CORE_ENGINE_BATCH_WIDTH_H_
#define DEEPVISION_CORE_ENGINE_BATCH_WIDTH_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/engine/intermission.h"
#include "core/visualization/ascent.h"

namespace deepvision {

struct WidthRule {
  // 1, 4 or 16: that one, whatever the job needs, unless its images are too many or too
  // large for it, its numerics are EXACT (one image at a time), or its network takes no
  // batches: then the smallest that there is. 0: measured.
  int fixed = 0;
  absl::Duration longest_step = absl::Milliseconds(100);
};

// Of `options`, whose spec is resolved; its width does not matter. Others may have the
// device meanwhile, and their time, on the intermission's clock, does not count. Errors
// of Ascent::Create and Step with the smallest possible width.
absl::StatusOr<int> ChooseBatchWidth(const AscentOptions& options, const WidthRule& rule,
                                     const Intermission& intermission);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_BATCH_WIDTH_H_
