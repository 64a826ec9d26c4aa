// One visualization job as it stands: its units, who wants it, how far it is. Pure
// state: what happens to it is told by core/engine/visualization_jobs, under its
// lock, with the time.
//
// Threading: belongs to one thread at a time.
#ifndef DEEPVISION_CORE_ENGINE_VISUALIZATION_JOB_RECORD_H_
#define DEEPVISION_CORE_ENGINE_VISUALIZATION_JOB_RECORD_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/api/visualization.h"
#include "core/engine/visualization_schedule.h"
#include "core/engine/visualization_worker.h"

namespace deepvision {

class VisualizationJobRecord {
 public:
  // The job's constant parts: id, spec, network_digest, produced_by, priority,
  // created. Units begin as kWaiting.
  explicit VisualizationJobRecord(VisualizationJob job);

  // Views of it: without units, with all, with those at these indices.
  VisualizationJob Describe() const;
  VisualizationJob DescribeAll() const;
  VisualizationJob Describe(const std::vector<size_t>& indices) const;

  const std::string& id() const { return job_.id; }
  const VisualizationSpec& spec() const { return job_.spec; }
  JobState state() const { return job_.state; }
  bool HasEnded() const { return job_.state > JobState::kRunning; }
  int images() const { return job_.spec.objective.group.images; }
  int priority() const { return job_.priority; }
  const std::vector<UnitStatus>& units() const { return units_; }
  std::optional<size_t> IndexOf(int unit) const;

  void set_priority(int priority) { job_.priority = priority; }
  void set_queue_position(std::optional<int> position) { job_.queue_position = position; }
  std::optional<int> queue_position() const { return job_.queue_position; }
  void set_batch_width(int images) { job_.batch_width = images; }

  // kQueued -> kRunning.
  void Start(absl::Time now);
  // Up to `count` units that wait, in their order, which are kRunning now.
  std::vector<size_t> TakeWaiting(int count);
  // What a slice did to a unit; a unit that is kDone there stays kRunning here until
  // SetDone. True when the state changed.
  bool Apply(size_t index, const UnitReport& report);
  void SetDone(size_t index, bool from_store);
  void SetFailed(size_t index, absl::Status failure);
  // Units that run wait again.
  void GiveUpRunning();

  // `steps` were taken by all images together.
  void MeasureRate(int64_t steps, absl::Time now);
  void RestartRate() { rate_.Restart(); }

  // No unit waits or runs.
  bool AllEnded() const;
  // By its units: kSucceeded, kPartial or kFailed. OK is the failure of all units
  // then; else kFailed with `failure`.
  void End(absl::Time now, absl::Status failure = absl::OkStatus());
  void EndCancelled(absl::Time now);

 private:
  UnitCounts Count() const;
  std::optional<absl::Duration> Remaining(double steps_per_second) const;
  void EndAs(JobState state, absl::Time now);

  VisualizationJob job_;
  std::vector<UnitStatus> units_;
  std::map<int, size_t> index_;  // by unit
  RateMeter rate_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_VISUALIZATION_JOB_RECORD_H_
