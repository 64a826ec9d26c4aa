// What computes a visualization job, and what encodes its pictures: the two things
// that core/engine/visualization_jobs leaves to others.
//
// Shapes: images are float32 [channels, height, width].
#ifndef DEEPVISION_CORE_ENGINE_VISUALIZATION_WORKER_H_
#define DEEPVISION_CORE_ENGINE_VISUALIZATION_WORKER_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/api/cancellation.h"
#include "core/api/host_buffer.h"
#include "core/api/visualization.h"
#include "core/api/visualization_sink.h"
#include "core/store/visualization_record.h"

namespace deepvision {

// A picture before it is encoded for anybody.
struct RawPicture {
  int channels = 0;  // of `display`: 1 gray, 3 red, green, blue
  int height = 0;
  int width = 0;
  HostBuffer display;       // 0..1, as the method shows it
  HostBuffer values;        // as the network reads it; empty when not asked for
  HostBuffer transparency;  // [height, width], 0..1; empty: opaque
  int value_channels = 0;   // of `values`
};

// How the units of a job are computed.
struct WorkPlan {
  int units_per_batch = 1;
  int batch_width = 1;  // images that are computed together, padding included
};

struct SliceLimits {
  int max_steps = 1;
  absl::Duration max_time;  // at least one step is taken
};

struct ImageReport {
  float objective = 0;
  float gradient_norm = 0;
};

// A unit of the batch after a slice.
struct UnitReport {
  int unit = 0;
  UnitState state = UnitState::kRunning;  // or kDone, kDead, kFailed, and stays so
  int step = 0;                           // goes back to 0 with a restart
  int restarts = 0;
  absl::Status failure;             // kFailed
  std::vector<ImageReport> images;  // of its group
};

// Computes one job. Between its calls other jobs and requests have the device, so
// it keeps what it needs.
//
// Threading: every call comes on the device's thread, one at a time, and so does
// the destructor, unless that thread has stopped.
// Errors: a status ends the job as kFailed; what concerns one unit is in its report.
class VisualizationWorker {
 public:
  virtual ~VisualizationWorker() = default;

  // Once, before the first batch; may measure. kCancelled when `cancelled` is.
  virtual absl::StatusOr<WorkPlan> Prepare(const CancellationToken& cancelled) = 0;
  // A new batch, at most units_per_batch units, in the place of the one before.
  virtual absl::Status Begin(const std::vector<int>& units) = 0;
  // Takes steps with all units of the batch that run, and looks at `cancelled`
  // before each. Reports at least those units that ran.
  virtual absl::StatusOr<std::vector<UnitReport>> Run(const SliceLimits& limits,
                                                      const CancellationToken& cancelled) = 0;
  // An image of a unit that runs, as it is now. `with_values`: also as the network
  // reads it.
  virtual absl::StatusOr<RawPicture> Picture(int unit, int image, bool with_values) = 0;
  // The result of a unit of the batch that is done: images without snapshots, their
  // sizes, compute_time. The rest is the caller's.
  virtual absl::StatusOr<VisualizationRecord> Result(int unit) = 0;
};

// The sheets of a watcher whose layout is kAtlas; tiles begin as mid-grey.
// Threading: belongs to one thread at a time.
class VisualizationSheets {
 public:
  virtual ~VisualizationSheets() = default;
  virtual const SheetGeometry& geometry() const = 0;
  virtual absl::Status SetTile(int index, const RawPicture& picture) = 0;
  virtual absl::StatusOr<EncodedImageData> Encode(int sheet) = 0;
};

// Threading: thread-safe; computes on the calling thread.
class VisualizationEncoder {
 public:
  virtual ~VisualizationEncoder() = default;
  // As the view asks; its layout is not looked at.
  virtual absl::StatusOr<EncodedImageData> Encode(const RawPicture& picture,
                                                  const VisualizationView& view) const = 0;
  // For so many tiles of pictures of `height` x `width`; those of another size are
  // fitted in.
  virtual absl::StatusOr<std::unique_ptr<VisualizationSheets>> MakeSheets(
      int tiles, int height, int width, const VisualizationView& view) const = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_VISUALIZATION_WORKER_H_
