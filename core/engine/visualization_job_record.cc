#include "core/engine/visualization_job_record.h"

#include <algorithm>
#include <utility>

namespace deepvision {

VisualizationJobRecord::VisualizationJobRecord(VisualizationJob job) : job_(std::move(job)) {
  for (const int unit : job_.spec.units) {
    UnitStatus status;
    status.unit = unit;
    index_[unit] = units_.size();
    units_.push_back(std::move(status));
  }
}

VisualizationJob VisualizationJobRecord::Describe() const {
  VisualizationJob job = job_;
  job.counts = Count();
  if (job_.state != JobState::kRunning) return job;
  job.steps_per_second = rate_.PerSecond();
  job.remaining = Remaining(job.steps_per_second);
  return job;
}

VisualizationJob VisualizationJobRecord::DescribeAll() const {
  VisualizationJob job = Describe();
  job.units = units_;
  return job;
}

VisualizationJob VisualizationJobRecord::Describe(const std::vector<size_t>& indices) const {
  VisualizationJob job = Describe();
  for (const size_t index : indices) job.units.push_back(units_[index]);
  return job;
}

std::optional<size_t> VisualizationJobRecord::IndexOf(int unit) const {
  const auto found = index_.find(unit);
  return found == index_.end() ? std::nullopt : std::optional<size_t>(found->second);
}

void VisualizationJobRecord::Start(absl::Time now) {
  job_.state = JobState::kRunning;
  job_.started = now;
  job_.queue_position.reset();
}

std::vector<size_t> VisualizationJobRecord::TakeWaiting(int count) {
  std::vector<size_t> taken;
  for (size_t i = 0; i < units_.size() && taken.size() < static_cast<size_t>(count); ++i) {
    if (units_[i].state != UnitState::kWaiting) continue;
    units_[i].state = UnitState::kRunning;
    taken.push_back(i);
  }
  return taken;
}

bool VisualizationJobRecord::Apply(size_t index, const UnitReport& report) {
  UnitStatus& unit = units_[index];
  if (unit.state != UnitState::kRunning) return false;
  const bool restarted = report.restarts != unit.restarts;
  unit.step = report.step;
  unit.restarts = report.restarts;
  if (report.state == UnitState::kDead || report.state == UnitState::kFailed) {
    unit.state = report.state;
    unit.failure = report.failure;
    return true;
  }
  return restarted;
}

void VisualizationJobRecord::SetDone(size_t index, bool from_store) {
  units_[index].state = UnitState::kDone;
  units_[index].from_store = from_store;
  if (from_store) units_[index].step = job_.spec.steps;
}

void VisualizationJobRecord::SetFailed(size_t index, absl::Status failure) {
  units_[index].state = UnitState::kFailed;
  units_[index].failure = std::move(failure);
}

void VisualizationJobRecord::GiveUpRunning() {
  for (UnitStatus& unit : units_) {
    if (unit.state != UnitState::kRunning) continue;
    unit.state = UnitState::kWaiting;
    unit.step = 0;
  }
}

void VisualizationJobRecord::MeasureRate(int64_t steps, absl::Time now) { rate_.Add(steps, now); }

bool VisualizationJobRecord::AllEnded() const {
  const UnitCounts counts = Count();
  return counts.waiting + counts.running == 0;
}

void VisualizationJobRecord::End(absl::Time now, absl::Status failure) {
  GiveUpRunning();
  const UnitCounts counts = Count();
  if (!failure.ok()) {
    job_.failure = std::move(failure);
    return EndAs(JobState::kFailed, now);
  }
  if (static_cast<size_t>(counts.done) == units_.size()) return EndAs(JobState::kSucceeded, now);
  if (counts.done > 0) return EndAs(JobState::kPartial, now);
  job_.failure = absl::UnknownError("no unit has an image; see the units");
  EndAs(JobState::kFailed, now);
}

void VisualizationJobRecord::EndCancelled(absl::Time now) {
  GiveUpRunning();
  EndAs(JobState::kCancelled, now);
}

void VisualizationJobRecord::EndAs(JobState state, absl::Time now) {
  job_.state = state;
  job_.ended = now;
  job_.queue_position.reset();
}

UnitCounts VisualizationJobRecord::Count() const {
  UnitCounts counts;
  for (const UnitStatus& unit : units_) {
    switch (unit.state) {
      case UnitState::kWaiting:
        ++counts.waiting;
        break;
      case UnitState::kRunning:
        ++counts.running;
        break;
      case UnitState::kDone:
        ++counts.done;
        break;
      case UnitState::kDead:
        ++counts.dead;
        break;
      case UnitState::kFailed:
        ++counts.failed;
        break;
    }
  }
  return counts;
}

std::optional<absl::Duration> VisualizationJobRecord::Remaining(double steps_per_second) const {
  if (steps_per_second <= 0) return std::nullopt;
  int64_t steps = 0;
  for (const UnitStatus& unit : units_) {
    const bool to_do = unit.state == UnitState::kWaiting || unit.state == UnitState::kRunning;
    if (to_do) steps += std::max(0, job_.spec.steps - unit.step);
  }
  return absl::Seconds(static_cast<double>(steps * images()) / steps_per_second);
}

}  // namespace deepvision
