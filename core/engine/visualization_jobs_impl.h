// VisualizationJobs as a class of its own, because its parts are in four files:
// visualization_jobs.cc (the door), visualization_start.cc (what deals with results),
// visualization_watching.cc (what watchers hear) and visualization_slices.cc (what
// computes).
//
// Threading: one lock for all jobs. Under it watchers are told what happens, so that
// they hear it in its order; their sinks are called without it.
#ifndef DEEPVISION_CORE_ENGINE_VISUALIZATION_JOBS_IMPL_H_
#define DEEPVISION_CORE_ENGINE_VISUALIZATION_JOBS_IMPL_H_

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/engine/reply.h"
#include "core/engine/visualization_job_table.h"
#include "core/engine/visualization_jobs.h"

namespace deepvision {

class VisualizationJobsImpl final : public VisualizationJobs,
                                    public std::enable_shared_from_this<VisualizationJobsImpl> {
 public:
  explicit VisualizationJobsImpl(Options options);

  void Start(VisualizationRequest request, VisualizationMode mode, int priority,
             CancellationToken cancelled, Callback<StartedVisualization> done) override;
  std::shared_ptr<VisualizationWatch> Watch(WatchVisualizationQuery query,
                                            std::shared_ptr<VisualizationSink> sink) override;
  absl::StatusOr<VisualizationJob> Get(absl::string_view id) const override;
  std::vector<VisualizationJob> List(const VisualizationFilter& filter) const override;
  absl::StatusOr<VisualizationJob> Cancel(const CancelVisualizationQuery& query) override;
  absl::StatusOr<VisualizationJob> SetPriority(absl::string_view id, int priority) override;
  void Delete(VisualizationFilter filter, CancellationToken cancelled,
              Callback<DeletedVisualizations> done) override;
  absl::StatusOr<SharedRecord> Result(absl::string_view id, int unit) override;
  VisualizationJobCounts Counts() const override;
  void Stop() override;

 private:
  using StartReply = std::shared_ptr<Reply<StartedVisualization>>;
  using DeleteReply = std::shared_ptr<Reply<DeletedVisualizations>>;
  // A job on its way to the table.
  struct Arrival {
    SharedJob job;
    VisualizationMode mode;
    std::set<size_t> stored;  // units that need not be computed
  };
  // A unit of the batch after a slice, and what is to be seen of it.
  struct RunningUnit {
    size_t index = 0;
    UnitReport report;
    bool snapshot = false;
    bool picture = false;
    bool with_values = false;
  };
  // A watcher to whom there is something to show.
  struct Tick {
    std::shared_ptr<VisualizationWatcher> watcher;
    bool progress = false;
    std::set<int> pictures;  // of these units
  };
  struct Wishes {
    std::vector<RunningUnit> running;
    std::vector<std::pair<size_t, int>> done;  // index and unit
    std::vector<size_t> changed;
    std::vector<Tick> ticks;
  };
  struct Sights {
    std::vector<WayPicture> way;
    std::vector<LivePicture> pictures;
    std::vector<std::pair<size_t, absl::StatusOr<SharedRecord>>> done;
  };

  // visualization_start.cc
  void LookUp(Arrival& arrival);
  absl::StatusOr<StartedVisualization> Admit(Arrival arrival);
  absl::StatusOr<StartedVisualization> Join(const SharedJob& job, int priority)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MarkStored(const Arrival& arrival) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<DeletedVisualizations> DeleteNow(const VisualizationFilter& filter);
  std::vector<SharedJob> ForgetEnded(const VisualizationFilter& filter)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Save(const SharedJob& job, size_t index, SharedRecord record);
  void SetSaved(const SharedJob& job, size_t index, bool kept);
  void ShareResult(const LiveJob& from, const std::string& key)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // visualization_watching.cc
  absl::StatusOr<std::shared_ptr<VisualizationWatcher>> TryWatch(
      WatchVisualizationQuery query, std::shared_ptr<VisualizationSink> sink);
  void BeginWatch(const SharedJob& job, const std::shared_ptr<VisualizationWatcher>& watcher,
                  const std::vector<int>& units) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The watchers of `job`, those that are done left out.
  const std::vector<std::shared_ptr<VisualizationWatcher>>& WatchersOf(LiveJob& job)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellState(LiveJob& job, const std::vector<size_t>& changed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellEnded(LiveJob& job, size_t index) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellPositions() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // visualization_jobs.cc
  void RequestCancel(const SharedJob& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ChangePriority(const SharedJob& job, int priority) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends `job` if nothing is to be waited for.
  void EndIfOver(const SharedJob& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // visualization_slices.cc
  void PostSlice() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunSlice();
  SharedJob TakeTurn();
  void EndTurn(const SharedJob& job, absl::Status status);
  absl::Status Work(const SharedJob& job);
  absl::Status MakeWorker(LiveJob& job);
  absl::Status BeginBatch(LiveJob& job);
  SliceLimits LimitsOf(LiveJob& job);
  Wishes Apply(LiveJob& job, const std::vector<UnitReport>& reports);
  void ApplyUnit(LiveJob& job, size_t index, const UnitReport& report, Wishes& wishes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AskWatchers(LiveJob& job, Wishes& wishes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Sights> Look(LiveJob& job, const Wishes& wishes);
  absl::Status LookAt(LiveJob& job, const RunningUnit& unit, Sights& sights);
  absl::StatusOr<SharedRecord> TakeResult(LiveJob& job, size_t index, int unit);
  void TellSights(const SharedJob& job, const Wishes& wishes, const Sights& sights);
  void TellTick(const Wishes& wishes, const Sights& sights, const Tick& tick);

  absl::Time Now() const { return options_.tools.timer->Now(); }
  VisualizationResults& results() const { return *options_.tools.results; }

  const Options options_;
  mutable absl::Mutex mutex_;
  VisualizationJobTable table_ ABSL_GUARDED_BY(mutex_);
  mutable std::vector<std::weak_ptr<VisualizationWatcher>> watchers_ ABSL_GUARDED_BY(mutex_);
  uint64_t unsaved_ ABSL_GUARDED_BY(mutex_) = 0;
  bool slice_posted_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_VISUALIZATION_JOBS_IMPL_H_
