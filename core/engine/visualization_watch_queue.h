// What a watcher of a visualization job is told next: the order of
// core/api/visualization_sink.h as pure decisions. It calls nobody and knows no
// clock; core/engine/visualization_watcher does what it says.
//
// States are never left out; of progress and of pictures the newest wins; results
// and replayed pictures wait for the reader one by one, and are loaded only when
// their turn comes, so a slow reader holds at most one picture of each image that
// runs.
//
// Threading: belongs to one thread at a time.
#ifndef DEEPVISION_CORE_ENGINE_VISUALIZATION_WATCH_QUEUE_H_
#define DEEPVISION_CORE_ENGINE_VISUALIZATION_WATCH_QUEUE_H_

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/api/visualization_sink.h"
#include "core/engine/visualization_worker.h"

namespace deepvision {

// A unit that is done, dead or failed, and where its images are.
struct EndedUnit {
  UnitStatus status;
  std::string key;
};

// A kept snapshot of an image.
struct WayPicture {
  int unit = 0;
  int image = 0;
  std::shared_ptr<const RecordedSnapshot> snapshot;
};

// An image that runs, as it was after `step` steps.
struct LivePicture {
  int unit = 0;
  int image = 0;
  int step = 0;
  std::shared_ptr<const RawPicture> picture;
};

// What is to be done now; the members of the same name in VisualizationSink, and:
struct LoadWay {  // of these units, and tell it by AddWay
  std::vector<EndedUnit> units;
};
struct GiveResult {
  EndedUnit unit;
  int image = 0;
};
struct GiveSheet {
  int sheet = 0;
  int step = 0;
  bool replayed = false;
};
struct WaitForReader {};  // then StopWaiting
struct WaitUntil {        // then StopWaiting
  absl::Time time;
};
struct GiveDone {
  absl::Status status;
};
using WatchEvent = std::variant<VisualizationHeader, VisualizationJob, std::vector<ImageProgress>,
                                LoadWay, WayPicture, LivePicture, GiveResult, GiveSheet,
                                WaitForReader, WaitUntil, GiveDone>;

class WatchQueue {
 public:
  // So many units are replayed side by side.
  static constexpr size_t kReplayedTogether = 16;

  struct Options {
    VisualizationView view;
    bool replays = false;
    double replay_fps = 0;  // 0: as fast as the reader takes them
    int images = 1;         // of a unit
    int sheets = 0;         // with kAtlas
  };
  explicit WatchQueue(Options options) : options_(std::move(options)) {}

  // First. `way`: of units that run, rising in steps.
  void Begin(VisualizationHeader header, VisualizationJob state, std::vector<EndedUnit> ended,
             std::vector<WayPicture> way);

  void TellState(VisualizationJob job) { states_.push_back(std::move(job)); }
  void TellProgress(std::vector<ImageProgress> images) { progress_ = std::move(images); }
  void TellPictures(std::vector<LivePicture> pictures);
  void TellEnded(std::vector<EndedUnit> units);
  void TellJobEnded();
  void Leave(absl::Status status);

  void AddWay(std::vector<WayPicture> way);  // rising in steps
  void MarkSheet(int sheet) { changed_sheets_.insert(sheet); }
  void StopWaiting() { waits_ = false; }

  // Nothing when there is nothing to do until something is told, or until
  // StopWaiting. `reader_lags`: has more than kPictureBytesAhead to take.
  std::optional<WatchEvent> Next(bool reader_lags, absl::Time now);

  bool is_done() const { return done_; }
  size_t waiting_pictures() const { return pictures_.size(); }

 private:
  using ImageId = std::pair<int, int>;  // unit, image
  struct PendingResult {
    EndedUnit unit;
    int next_image = 0;
  };

  bool InAtlas() const { return options_.view.layout == VisualizationLayout::kAtlas; }
  std::optional<WatchEvent> NextWords();
  std::optional<WatchEvent> NextFrame(bool reader_lags, absl::Time now);
  std::optional<WatchEvent> NextDelivery(bool reader_lags);
  std::optional<WatchEvent> NextPicture(bool reader_lags);
  std::optional<WatchEvent> NextSheet(bool reader_lags);
  WatchEvent TakeSheet(bool replayed);
  WatchEvent TakeResult();
  WatchEvent Wait(WatchEvent how);
  WatchEvent Finish(absl::Status status);

  const Options options_;
  std::optional<VisualizationHeader> header_;
  std::deque<VisualizationJob> states_;
  std::vector<ImageProgress> progress_;
  std::map<ImageId, LivePicture> pictures_;
  std::map<ImageId, int> shown_;   // the last step of each image
  std::deque<WayPicture> frames_;  // before the deliveries
  std::deque<std::variant<LoadWay, PendingResult>> deliveries_;
  std::optional<int> frame_step_;  // frames of this step are being shown
  absl::Time next_frame_ = absl::InfinitePast();
  std::set<int> changed_sheets_;
  bool sheets_due_ = false;
  int furthest_step_ = 0;
  bool job_ended_ = false;
  bool waits_ = false;
  bool done_ = false;
  std::optional<absl::Status> left_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_VISUALIZATION_WATCH_QUEUE_H_
