// All visualization jobs of a device, their tickets, and whose turn it is. Pure
// state: VisualizationJobs keeps it under its lock and does what it says.
//
// Threading: belongs to one thread at a time; of a LiveJob, what is "of the slice"
// belongs to the device's thread while in_slice.
// Ownership: jobs are shared with those who work for them.
#ifndef DEEPVISION_CORE_ENGINE_VISUALIZATION_JOB_TABLE_H_
#define DEEPVISION_CORE_ENGINE_VISUALIZATION_JOB_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/api/visualization_engine.h"
#include "core/engine/visualization_job_record.h"
#include "core/engine/visualization_jobs.h"

namespace deepvision {

// A job with all that belongs to it.
struct LiveJob {
  explicit LiveJob(VisualizationJob job) : record(std::move(job)) {}

  VisualizationJobRecord record;
  VisualizationContext context;
  std::string digest;
  bool shares_results = true;  // units that another job computes count here
  JobTurn turn;
  std::vector<std::string> keys;  // of the units, in their order
  std::set<std::string> tickets;
  std::vector<std::shared_ptr<VisualizationWatcher>> watchers;
  CancellationToken cancelled;
  absl::Status failure;  // it cannot go on
  bool in_slice = false;
  int saving = 0;  // units that are done and being stored
  absl::Time last_state;
  // By unit and image, of those that run.
  std::map<std::pair<int, int>, std::vector<std::shared_ptr<const RecordedSnapshot>>> way;

  // Of the slice.
  absl::AnyInvocable<absl::StatusOr<std::unique_ptr<VisualizationWorker>>() &&> make_worker;
  std::unique_ptr<VisualizationWorker> worker;
  WorkPlan plan;
  std::vector<size_t> batch;  // indices of units that run
  std::vector<int> snapshot_steps;

  bool IsEnding() const { return cancelled.IsCancelled() || !failure.ok(); }
};

using SharedJob = std::shared_ptr<LiveJob>;

class VisualizationJobTable {
 public:
  explicit VisualizationJobTable(size_t max_ended) : max_ended_(max_ended) {}

  // Null when there is none, or it is forgotten.
  SharedJob Find(absl::string_view id) const;
  // The same while it waits or runs.
  SharedJob FindActive(absl::string_view id) const;
  SharedJob FindByTicket(const std::string& ticket) const;

  // In the place of an ended job of this id; its turn comes after those of its
  // priority.
  void Add(SharedJob job);
  std::string AddTicket(const SharedJob& job);
  // When it was the last one, nobody wants the job any more.
  void RemoveTicket(const std::string& ticket);
  // `job` has ended: the oldest ended ones are forgotten.
  void Remember(const SharedJob& job);
  void Forget(const SharedJob& job);
  // All of them; gives those that were active.
  std::vector<SharedJob> Clear();

  // By their turns.
  std::vector<SharedJob> Active() const;
  // Newest first.
  std::vector<SharedJob> Matching(const VisualizationFilter& filter) const;
  size_t ended() const { return ended_.size(); }

  // Whose slice is next; null when there is nothing to do.
  SharedJob NextTurn() const;
  // Queue positions as they are now; gives the jobs whose position changed.
  std::vector<SharedJob> RefreshPositions();
  // Of the units of active jobs.
  std::set<std::string> KeysInUse() const;

 private:
  const size_t max_ended_;
  uint64_t arrivals_ = 0;
  std::map<std::string, SharedJob, std::less<>> jobs_;  // by id
  std::map<std::string, SharedJob> tickets_;
  std::deque<SharedJob> ended_;  // oldest first; with those that another one replaced
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_VISUALIZATION_JOB_TABLE_H_
