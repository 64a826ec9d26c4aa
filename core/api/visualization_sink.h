// How a visualization job is watched: a view, what its watcher is told, and in
// which order.
//
//   class Sink : public VisualizationSink { … };
//   std::shared_ptr<VisualizationWatch> watch = visualizations->Watch({id}, sink);
//   …
//   watch->Leave(absl::OkStatus());
//
// Several may watch one job, each with a view of its own; a view decides nothing of
// the result.
#ifndef DEEPVISION_CORE_API_VISUALIZATION_SINK_H_
#define DEEPVISION_CORE_API_VISUALIZATION_SINK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "core/api/activation.h"
#include "core/api/types.h"
#include "core/api/visualization.h"

namespace deepvision {

enum class PictureEncoding { kPng, kJpeg, kRgb8, kRgba8, kFloat32 };
// kDisplay: 0..1, as the method shows it. kNetwork: what the network reads.
enum class PictureSpace { kDisplay, kNetwork };
enum class VisualizationLayout { kUnits, kAtlas };

struct VisualizationView {
  bool results_only = false;  // no pictures of images that are not done
  int every_steps = 0;        // pictures at steps that are multiples; 0: at any
  double max_fps = 4;         // pictures of one image, and progress, per second; > 0
  int max_side = 0;           // reduced by averaging areas; 0: never
  PictureEncoding encoding = PictureEncoding::kPng;
  PictureSpace space = PictureSpace::kDisplay;  // kNetwork: with kFloat32 only
  bool transparency = false;  // kPng and kRgba8: the method's map as alpha; else opaque
  RowOrder row_order = RowOrder::kTopDown;  // kPng and kJpeg: always top down
  VisualizationLayout layout = VisualizationLayout::kUnits;
  int max_sheet_side = 4096;  // kAtlas; not with kFloat32
  int gutter = 0;             // kAtlas
};

// A picture of images that are not done, or a sheet.
struct VisualizationPicture {
  int unit = 0;   // kUnits
  int image = 0;  // kUnits: of the unit's images
  int step = 0;   // kUnits: after so many steps; kAtlas: of the job's image that is furthest
  // From the stored way of the image, in the order of its steps: never left out.
  bool replayed = false;
  // kAtlas: sheet `sheet_index` of geometry->sheet_count. Its tiles are the watched
  // images in their order: (unit, image) lies at position * images + image. Images
  // that have not begun are tiles of mid-grey.
  int sheet_index = 0;
  std::optional<SheetGeometry> geometry;
  EncodedImageData data;
};

// Of one image that runs.
struct ImageProgress {
  int unit = 0;
  int image = 0;
  int step = 0;
  float objective = 0;
  float gradient_norm = 0;  // L2, over the parameters
};

struct WatchVisualizationQuery {
  std::string id;
  std::vector<int> units;        // of the job; empty: all
  std::optional<int> from_step;  // replays the kept snapshots from this step on
  double replay_fps = 0;         // of one image; 0: as fast as the reader takes them
  VisualizationView view;
};

struct VisualizationHeader {
  VisualizationJob job;    // without units
  std::vector<int> units;  // that are watched, in the job's order
};

// Receives what one watcher sees. Calls of On… come one at a time, from threads of
// the engine or from the one that called Watch or Leave, and must not block.
//
// Order: OnHeader; OnState with all watched units; then in any mixture OnState,
// OnProgress, OnPicture, OnResult; OnDone. Of one image: pictures of rising steps,
// its result, nothing more. A job that has ended has its last OnState before the
// last results, when these must wait for the reader.
//
// Back-pressure: the engine encodes a picture only when BytesAhead() is at most
// kPictureBytesAhead, and skips it otherwise; results and replayed pictures, which
// nobody may miss, it hands over one by one, waiting with WhenTaken. The device
// never waits. Pictures of images that are not done may be replaced by the sink:
// of each image (or sheet) only the newest matters to its reader.
class VisualizationSink {
 public:
  static constexpr uint64_t kPictureBytesAhead = uint64_t{1} << 20;

  virtual ~VisualizationSink() = default;

  // First, unless Watch fails.
  virtual void OnHeader(const VisualizationHeader& header) = 0;
  // Something about the job changed; never left out. `job.spec` is empty and
  // `job.units` are the watched units whose state changed since the last call. The
  // rate and the estimate alone: at most once a second.
  virtual void OnState(const VisualizationJob& job) = 0;
  // All watched images that run, at most view.max_fps times a second.
  virtual void OnProgress(const std::vector<ImageProgress>& images) = 0;
  virtual void OnPicture(VisualizationPicture picture) = 0;
  // As soon as the unit ends, one call for each of its images. kAtlas: sheets that
  // show all results follow the last one.
  virtual void OnResult(VisualizationResult result) = 0;
  // Last, exactly once. OK: the job has ended and all results were handed over.
  virtual void OnDone(absl::Status status) = 0;

  // As in ActivationSink.
  virtual uint64_t BytesAhead() const = 0;
  virtual void WhenTaken(uint64_t bytes, absl::AnyInvocable<void() &&> resume) = 0;
};

// Somebody who looks. Threading: thread-safe. Destroying it leaves.
class VisualizationWatch {
 public:
  virtual ~VisualizationWatch() = default;

  // Ends the watch at once, also of a job that waits: OnDone(status), unless it was
  // already called, and then nothing more. The sink is let go.
  virtual void Leave(absl::Status status) = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_VISUALIZATION_SINK_H_
