// How jobs are computed: slices on the device's thread, one posted at a time.
#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/engine/small_picture.h"
#include "core/engine/visualization_jobs_impl.h"

namespace deepvision {
namespace {

// How often the rate and the estimate alone are told.
constexpr absl::Duration kStateInterval = absl::Seconds(1);

}  // namespace

// In the background; when that queue is full, as a continuation, of which there is
// only this one.
void VisualizationJobsImpl::PostSlice() {
  if (stopped_ || slice_posted_ || table_.NextTurn() == nullptr) return;
  for (const Priority priority : {Priority::kBackground, Priority::kContinuation}) {
    const absl::Status posted =
        options_.device->Post(priority, [self = shared_from_this()] { self->RunSlice(); });
    slice_posted_ = posted.ok();
    if (!absl::IsResourceExhausted(posted)) return;
  }
}

void VisualizationJobsImpl::RunSlice() {
  const SharedJob job = TakeTurn();
  if (job == nullptr) return;
  const absl::Status status = job->IsEnding() ? absl::OkStatus() : Work(job);
  if (job->IsEnding() || !status.ok()) job->worker = nullptr;
  EndTurn(job, status);
}

SharedJob VisualizationJobsImpl::TakeTurn() {
  absl::MutexLock lock(&mutex_);
  SharedJob job = table_.NextTurn();
  if (job == nullptr) {
    slice_posted_ = false;
    return nullptr;
  }
  job->in_slice = true;
  if (job->record.state() == JobState::kQueued && !job->IsEnding()) {
    job->record.Start(Now());
    TellState(*job, {});
    TellPositions();
  }
  return job;
}

void VisualizationJobsImpl::EndTurn(const SharedJob& job, absl::Status status) {
  std::unique_ptr<VisualizationWorker> left_by_stop;
  absl::MutexLock lock(&mutex_);
  if (stopped_) left_by_stop = std::move(job->worker);
  job->in_slice = false;
  slice_posted_ = false;
  if (!status.ok() && job->failure.ok()) job->failure = std::move(status);
  EndIfOver(job);
  PostSlice();
}

// One slice. An error ends the job.
absl::Status VisualizationJobsImpl::Work(const SharedJob& shared) {
  LiveJob& job = *shared;
  if (job.worker == nullptr) return MakeWorker(job);
  if (job.batch.empty()) DV_RETURN_IF_ERROR(BeginBatch(job));
  if (job.batch.empty()) return absl::OkStatus();
  DV_ASSIGN_OR_RETURN(const std::vector<UnitReport> reports,
                      job.worker->Run(LimitsOf(job), job.cancelled));
  if (job.cancelled.IsCancelled()) return absl::OkStatus();
  const Wishes wishes = Apply(job, reports);
  DV_ASSIGN_OR_RETURN(const Sights sights, Look(job, wishes));
  TellSights(shared, wishes, sights);
  for (const auto& [index, result] : sights.done) {
    if (result.ok()) Save(shared, index, *result);
  }
  return absl::OkStatus();
}

// A slice of its own, because preparing may take a while.
absl::Status VisualizationJobsImpl::MakeWorker(LiveJob& job) {
  DV_ASSIGN_OR_RETURN(job.worker, std::move(job.make_worker)());
  const absl::StatusOr<WorkPlan> plan = job.worker->Prepare(job.cancelled);
  if (job.cancelled.IsCancelled()) return absl::OkStatus();
  DV_RETURN_IF_ERROR(plan.status());
  job.plan = *plan;
  absl::MutexLock lock(&mutex_);
  job.record.set_batch_width(job.plan.batch_width);
  TellState(job, {});
  return absl::OkStatus();
}

absl::Status VisualizationJobsImpl::BeginBatch(LiveJob& job) {
  std::vector<int> units;
  {
    absl::MutexLock lock(&mutex_);
    job.batch = job.record.TakeWaiting(job.plan.units_per_batch);
    for (const size_t index : job.batch) units.push_back(job.record.units()[index].unit);
    if (!units.empty()) TellState(job, job.batch);
    job.record.MeasureRate(0, Now());
  }
  return units.empty() ? absl::OkStatus() : job.worker->Begin(units);
}

// Up to the next step that somebody wants to see.
SliceLimits VisualizationJobsImpl::LimitsOf(LiveJob& job) {
  absl::MutexLock lock(&mutex_);
  const int last = job.record.spec().steps;
  const absl::Time end = Now() + options_.slice;
  SliceLimits limits{last, options_.slice};
  for (const size_t index : job.batch) {
    const int step = job.record.units()[index].step;
    limits.max_steps =
        std::min(limits.max_steps, StepsUntilStop(step, last, job.snapshot_steps, 0));
    for (const auto& watcher : WatchersOf(job)) {
      const int every = watcher->EveryStepsBefore(end);
      limits.max_steps = std::min(limits.max_steps, StepsUntilStop(step, last, {}, every));
    }
  }
  return limits;
}

VisualizationJobsImpl::Wishes VisualizationJobsImpl::Apply(LiveJob& job,
                                                           const std::vector<UnitReport>& reports) {
  absl::MutexLock lock(&mutex_);
  Wishes wishes;
  int64_t steps = 0;
  for (const UnitReport& report : reports) {
    const auto index = std::find_if(job.batch.begin(), job.batch.end(), [&](size_t i) {
      return job.record.units()[i].unit == report.unit;
    });
    if (index == job.batch.end()) continue;  // had ended before
    const UnitStatus& unit = job.record.units()[*index];
    const int before = unit.restarts == report.restarts ? unit.step : 0;
    steps += std::max(0, report.step - before) * job.record.images();
    ApplyUnit(job, *index, report, wishes);
  }
  job.record.MeasureRate(steps, Now());
  AskWatchers(job, wishes);
  job.batch.clear();
  for (const RunningUnit& unit : wishes.running) job.batch.push_back(unit.index);
  return wishes;
}

void VisualizationJobsImpl::ApplyUnit(LiveJob& job, size_t index, const UnitReport& report,
                                      Wishes& wishes) {
  if (report.restarts != job.record.units()[index].restarts) {
    for (int i = 0; i < job.record.images(); ++i) job.way.erase({report.unit, i});
  }
  if (job.record.Apply(index, report)) wishes.changed.push_back(index);
  if (report.state == UnitState::kDone) wishes.done.emplace_back(index, report.unit);
  if (report.state != UnitState::kRunning) return;
  RunningUnit unit{index, report};
  const std::vector<int>& stops = job.snapshot_steps;
  unit.snapshot = std::binary_search(stops.begin(), stops.end(), report.step);
  wishes.running.push_back(std::move(unit));
}

void VisualizationJobsImpl::AskWatchers(LiveJob& job, Wishes& wishes) {
  for (const std::shared_ptr<VisualizationWatcher>& watcher : WatchersOf(job)) {
    Tick tick{watcher, watcher->WantsProgress()};
    for (RunningUnit& unit : wishes.running) {
      if (!watcher->Watches(unit.report.unit) || !watcher->WantsPictures(unit.report.step))
        continue;
      tick.pictures.insert(unit.report.unit);
      unit.picture = true;
      unit.with_values = unit.with_values || watcher->wants_values();
    }
    if (tick.progress || !tick.pictures.empty()) wishes.ticks.push_back(std::move(tick));
  }
}

// The device's part, without the lock.
absl::StatusOr<VisualizationJobsImpl::Sights> VisualizationJobsImpl::Look(LiveJob& job,
                                                                          const Wishes& wishes) {
  Sights sights;
  for (const RunningUnit& unit : wishes.running) {
    if (unit.picture || unit.snapshot) DV_RETURN_IF_ERROR(LookAt(job, unit, sights));
  }
  for (const auto& [index, unit] : wishes.done) {
    sights.done.emplace_back(index, TakeResult(job, index, unit));
  }
  return sights;
}

absl::Status VisualizationJobsImpl::LookAt(LiveJob& job, const RunningUnit& unit, Sights& sights) {
  const UnitReport& report = unit.report;
  for (size_t i = 0; i < report.images.size(); ++i) {
    const int image = static_cast<int>(i);
    DV_ASSIGN_OR_RETURN(RawPicture raw, job.worker->Picture(report.unit, image, unit.with_values));
    if (unit.snapshot) {
      RecordedSnapshot snapshot = ReducedSnapshot(raw);
      snapshot.step = report.step;
      snapshot.objective = report.images[i].objective;
      sights.way.push_back(
          {report.unit, image, std::make_shared<const RecordedSnapshot>(std::move(snapshot))});
    }
    if (!unit.picture) continue;
    sights.pictures.push_back(
        {report.unit, image, report.step, std::make_shared<const RawPicture>(std::move(raw))});
  }
  return absl::OkStatus();
}

absl::StatusOr<SharedRecord> VisualizationJobsImpl::TakeResult(LiveJob& job, size_t index,
                                                               int unit) {
  DV_ASSIGN_OR_RETURN(VisualizationRecord record, job.worker->Result(unit));
  if (record.images.size() != static_cast<size_t>(job.record.images())) {
    return absl::InternalError("a unit has not all its images");
  }
  absl::MutexLock lock(&mutex_);
  const VisualizationJob about = job.record.Describe({index});
  record.network = about.spec.network;
  record.model_digest = about.network_digest;
  record.layer = about.spec.layer;
  record.unit = unit;
  record.job = job.digest;
  record.steps = about.units[0].step;
  record.restarts = about.units[0].restarts;
  record.produced_by = about.produced_by;
  record.batch_width = about.batch_width;
  record.finished = Now();
  for (size_t image = 0; image < record.images.size(); ++image) {
    for (const auto& snapshot : job.way[{unit, static_cast<int>(image)}]) {
      record.images[image].snapshots.push_back(*snapshot);
    }
  }
  return std::make_shared<const VisualizationRecord>(std::move(record));
}

void VisualizationJobsImpl::TellSights(const SharedJob& job, const Wishes& wishes,
                                       const Sights& sights) {
  absl::MutexLock lock(&mutex_);
  for (const WayPicture& picture : sights.way) {
    job->way[{picture.unit, picture.image}].push_back(picture.snapshot);
  }
  for (const Tick& tick : wishes.ticks) TellTick(wishes, sights, tick);
  std::vector<size_t> changed = wishes.changed;
  for (const auto& [index, result] : sights.done) {
    if (result.ok()) {
      ++job->saving;
      continue;
    }
    job->record.SetFailed(index, result.status());
    changed.push_back(index);
  }
  if (!changed.empty() || Now() - job->last_state >= kStateInterval) TellState(*job, changed);
  for (const size_t index : changed) {
    const UnitState state = job->record.units()[index].state;
    if (state == UnitState::kDead || state == UnitState::kFailed) TellEnded(*job, index);
  }
}

void VisualizationJobsImpl::TellTick(const Wishes& wishes, const Sights& sights, const Tick& tick) {
  std::vector<ImageProgress> progress;
  for (const RunningUnit& unit : wishes.running) {
    const UnitReport& report = unit.report;
    if (!tick.progress || !tick.watcher->Watches(report.unit)) continue;
    for (size_t i = 0; i < report.images.size(); ++i) {
      progress.push_back({report.unit, static_cast<int>(i), report.step, report.images[i].objective,
                          report.images[i].gradient_norm});
    }
  }
  std::vector<LivePicture> pictures;
  for (const LivePicture& picture : sights.pictures) {
    if (tick.pictures.contains(picture.unit)) pictures.push_back(picture);
  }
  tick.watcher->Tick(std::move(progress), std::move(pictures));
}

}  // namespace deepvision
