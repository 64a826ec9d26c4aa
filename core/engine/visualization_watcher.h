// One watcher of a visualization job: does what its WatchQueue says.
//
// Views in kNetwork space have no replays: snapshots are kept as they are shown.
//
// Threading: thread-safe. The sink is called by one thread at a time, without locks
// held: tasks of the host executor, or who calls Leave. Tell… do not block and call
// no sink unless the executor runs tasks at once.
// Ownership: who works for it keeps it alive; the sink goes when it is done.
#ifndef DEEPVISION_CORE_ENGINE_VISUALIZATION_WATCHER_H_
#define DEEPVISION_CORE_ENGINE_VISUALIZATION_WATCHER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/api/visualization_sink.h"
#include "core/base/executor.h"
#include "core/base/timer.h"
#include "core/engine/visualization_results.h"
#include "core/engine/visualization_watch_queue.h"
#include "core/engine/visualization_worker.h"

namespace deepvision {

// What watchers work with. The owners of the pointers outlive all watchers.
struct WatcherTools {
  Executor* host = nullptr;
  Timer* timer = nullptr;
  std::shared_ptr<VisualizationResults> results;
  std::shared_ptr<const VisualizationEncoder> encoder;
};

class VisualizationWatcher : public std::enable_shared_from_this<VisualizationWatcher> {
 public:
  // `units`: the watched ones, in the job's order, with `images` images each.
  // `sheets`: with kAtlas.
  VisualizationWatcher(WatcherTools tools, WatchVisualizationQuery query, std::vector<int> units,
                       int images, std::unique_ptr<VisualizationSheets> sheets,
                       std::shared_ptr<VisualizationSink> sink);

  // As WatchQueue::Begin and Tell…
  void Begin(VisualizationHeader header, VisualizationJob state, std::vector<EndedUnit> ended,
             std::vector<WayPicture> way);
  void TellState(VisualizationJob job);
  void TellEnded(std::vector<EndedUnit> units);
  void TellJobEnded();

  bool Watches(int unit) const { return tiles_.contains({unit, 0}); }
  bool wants_values() const { return query_.view.space == PictureSpace::kNetwork; }
  bool replays() const { return query_.from_step.has_value() && !wants_values(); }
  int from_step() const { return query_.from_step.value_or(0); }

  // 1 / max_fps after the last ones were told, and of pictures: at a step of the view
  // and to a reader who does not lag.
  bool WantsProgress() const;
  bool WantsPictures(int step) const;
  // The view's every_steps when a picture may be due before `time`, else 0: slices
  // stop there.
  int EveryStepsBefore(absl::Time time) const;
  // What there is to see now; both may be empty.
  void Tick(std::vector<ImageProgress> progress, std::vector<LivePicture> pictures);

  // OnDone(status) now, or as soon as the sink's call in progress returns.
  void Leave(absl::Status status);
  bool IsDone() const;

 private:
  struct Turn;  // a task that gives the turn back when it is dropped

  template <typename Telling>
  void Tell(Telling telling);
  void Wake();
  void Pump();
  bool Step();
  void EndTurn();
  // Null when it is done.
  std::shared_ptr<VisualizationSink> Sink() const;
  void StopWaiting();

  // visualization_watch_events.cc: what WatchEvents say, done by whoever has the turn,
  // without the lock.
  std::function<void()> Resume();
  void Do(VisualizationSink& sink, VisualizationHeader& header);
  void Do(VisualizationSink& sink, VisualizationJob& job);
  void Do(VisualizationSink& sink, std::vector<ImageProgress>& progress);
  void Do(VisualizationSink& sink, LoadWay& load);
  void Do(VisualizationSink& sink, WayPicture& frame);
  void Do(VisualizationSink& sink, LivePicture& picture);
  void Do(VisualizationSink& sink, GiveResult& give);
  void Do(VisualizationSink& sink, GiveSheet& give);
  void Do(VisualizationSink& sink, WaitForReader& wait);
  void Do(VisualizationSink& sink, WaitUntil& wait);
  void Do(VisualizationSink& sink, GiveDone& done);
  void Show(VisualizationSink& sink, VisualizationPicture picture, const RawPicture& raw);
  absl::Status Fill(const GiveResult& give, VisualizationResult* result);
  absl::StatusOr<SharedRecord> Load(const std::string& key);
  absl::Status SetTile(int unit, int image, const RawPicture& raw);

  const WatcherTools tools_;
  const WatchVisualizationQuery query_;
  std::map<std::pair<int, int>, int> tiles_;           // by unit and image
  const std::unique_ptr<VisualizationSheets> sheets_;  // of whoever has the turn
  std::pair<std::string, SharedRecord> loaded_;        // of whoever has the turn

  mutable absl::Mutex mutex_;
  std::shared_ptr<VisualizationSink> sink_ ABSL_GUARDED_BY(mutex_);
  WatchQueue queue_ ABSL_GUARDED_BY(mutex_);
  absl::Time next_progress_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time next_pictures_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool has_turn_ ABSL_GUARDED_BY(mutex_) = false;  // somebody pumps, or will
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_VISUALIZATION_WATCHER_H_
