// Values of feature visualization: jobs and results. What decides the image is in
// core/api/visualization_spec.h, how a job is watched in
// core/api/visualization_sink.h, what can be done with jobs in
// core/api/visualization_engine.h; the field comments of
// deepvision/v1/visualization.proto are the specification.
//
// A job works on the units of one spec, in their order. Each unit has
// `spec.objective.group.images` images, which begin and end together.
#ifndef DEEPVISION_CORE_API_VISUALIZATION_H_
#define DEEPVISION_CORE_API_VISUALIZATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/api/host_buffer.h"
#include "core/api/types.h"
#include "core/api/visualization_spec.h"

namespace deepvision {

// kWaiting -> kRunning -> kDone    optimised, or found in the store; it is kept
//                         kDead    no gradient anywhere: nothing to optimise
//                         kFailed  not finite after all restarts; UnitStatus says why
// and kRunning -> kWaiting when the job is cancelled, fails or gives way.
enum class UnitState { kWaiting, kRunning, kDone, kDead, kFailed };

// kQueued -> kRunning -> kSucceeded  every unit is kDone
//                        kPartial    some are
//                        kFailed     none is, or the job could not go on
//                        kCancelled  nobody wanted it any more, or by force
// kQueued -> kSucceeded, too, when the store has all units; -> kCancelled. An ended
// job stays as it is; units that are kDone stay theirs.
enum class JobState { kQueued, kRunning, kSucceeded, kPartial, kFailed, kCancelled };

// What is known of an image that is done. Beside the picture, because a picture
// that maximises a unit need not look like what the unit sees in nature.
struct VisualizationQuality {
  float objective = 0;                   // on the clean image: no transforms, no penalties
  std::optional<float> dataset_maximum;  // of the same objective over the quality_dataset's
  std::optional<float> dataset_mean;
  float spectral_distance = 0;  // root mean square difference of the radial log power to that
                                // of natural images; 0: alike
};

struct UnitStatus {
  int unit = 0;
  UnitState state = UnitState::kWaiting;
  int step = 0;      // steps taken
  int restarts = 0;  // because of NaN or infinity
  bool from_store = false;
  absl::Status failure;  // kFailed: why, with the step in its text
};

struct UnitCounts {
  int waiting = 0;
  int running = 0;
  int done = 0;
  int dead = 0;
  int failed = 0;
};

// A job as it stands. What changes of it is what OnState tells.
struct VisualizationJob {
  std::string id;  // "networks/NETWORK/visualizations/" and 64 hexadecimal digits
  // With every default filled in: `units` is never empty, a start with bytes is its
  // InputByDigest.
  VisualizationSpec spec;
  std::string network_digest;
  ProducedBy produced_by;
  JobState state = JobState::kQueued;
  absl::Status failure;  // kFailed: why
  int priority = 0;
  std::optional<int> queue_position;        // kQueued: jobs before it
  int batch_width = 0;                      // images that are computed together; 0: not known yet
  double steps_per_second = 0;              // of all images together, lately; 0: not known yet
  std::optional<absl::Duration> remaining;  // an estimate
  UnitCounts counts;
  std::vector<UnitStatus> units;  // see who fills it: all, those that changed, or none
  absl::Time created;
  std::optional<absl::Time> started;
  std::optional<absl::Time> ended;
};

// One image, or one sheet of tiles.
struct EncodedImageData {
  int width = 0;  // as sent
  int height = 0;
  int channels = 3;    // kFloat32: float32 [channels, height, width]
  int full_width = 0;  // before max_side; of a tile
  int full_height = 0;
  HostBuffer bytes;
  uint32_t crc32 = 0;  // zlib's polynomial, over `bytes`
};

// An image that will not change any more: of a unit that is kDone, kDead or
// kFailed. An input, too (VisualizationRef), when it is kDone.
struct VisualizationResult {
  int unit = 0;
  int image = 0;
  UnitStatus status;
  VisualizationQuality quality;  // kDone
  ProducedBy produced_by;        // kDone: what computed it, perhaps another server before this one
  int batch_width = 0;           // kDone: that it was computed with
  absl::Duration compute_time;   // kDone: its share of the device's time
  absl::Time finished;
  std::optional<EncodedImageData> data;  // kDone, and the view is not kAtlas
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_VISUALIZATION_H_
