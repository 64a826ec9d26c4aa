// How jobs are watched, and what their watchers are told.
#include <algorithm>
#include <set>
#include <utility>

#include "core/base/status_macros.h"
#include "core/engine/visualization_job_errors.h"
#include "core/engine/visualization_jobs_impl.h"

namespace deepvision {
namespace {

// Leaves when its owner lets it go.
class Watching final : public VisualizationWatch {
 public:
  explicit Watching(std::shared_ptr<VisualizationWatcher> watcher) : watcher_(std::move(watcher)) {}
  ~Watching() override { Leave(absl::CancelledError("the watcher has gone")); }

  void Leave(absl::Status status) override {
    if (watcher_ != nullptr) watcher_->Leave(std::move(status));
  }

 private:
  const std::shared_ptr<VisualizationWatcher> watcher_;  // null: it never began
};

// The watched units in the job's order.
absl::StatusOr<std::vector<int>> UnitsOf(const VisualizationSpec& spec,
                                         const std::vector<int>& asked) {
  if (asked.empty()) return spec.units;
  const std::set<int> watched(asked.begin(), asked.end());
  std::vector<int> units;
  for (const int unit : spec.units) {
    if (watched.contains(unit)) units.push_back(unit);
  }
  for (const int unit : watched) {
    if (std::find(units.begin(), units.end(), unit) == units.end()) return NoSuchUnit(unit);
  }
  return units;
}

absl::StatusOr<std::unique_ptr<VisualizationSheets>> SheetsFor(
    const LiveJob& job, size_t units, const VisualizationView& view,
    const VisualizationEncoder& encoder) {
  if (view.layout != VisualizationLayout::kAtlas) return nullptr;
  const VisualizationSpec& spec = job.record.spec();
  return encoder.MakeSheets(static_cast<int>(units) * job.record.images(), spec.height, spec.width,
                            view);
}

bool IsEnded(UnitState state) {
  return state == UnitState::kDone || state == UnitState::kDead || state == UnitState::kFailed;
}

std::vector<WayPicture> WayOf(const LiveJob& job, const VisualizationWatcher& watcher) {
  std::vector<WayPicture> way;
  if (!watcher.replays()) return way;
  for (const auto& [image, snapshots] : job.way) {
    if (!watcher.Watches(image.first)) continue;
    for (const auto& snapshot : snapshots) {
      if (snapshot->step >= watcher.from_step()) {
        way.push_back({image.first, image.second, snapshot});
      }
    }
  }
  std::stable_sort(way.begin(), way.end(), [](const WayPicture& a, const WayPicture& b) {
    return a.snapshot->step < b.snapshot->step;
  });
  return way;
}

}  // namespace

std::shared_ptr<VisualizationWatch> VisualizationJobsImpl::Watch(
    WatchVisualizationQuery query, std::shared_ptr<VisualizationSink> sink) {
  absl::StatusOr<std::shared_ptr<VisualizationWatcher>> watcher = TryWatch(std::move(query), sink);
  if (watcher.ok()) return std::make_shared<Watching>(*std::move(watcher));
  sink->OnDone(watcher.status());
  return std::make_shared<Watching>(nullptr);
}

absl::StatusOr<std::shared_ptr<VisualizationWatcher>> VisualizationJobsImpl::TryWatch(
    WatchVisualizationQuery query, std::shared_ptr<VisualizationSink> sink) {
  SharedJob job;
  {
    absl::MutexLock lock(&mutex_);
    job = table_.Find(query.id);
    if (stopped_) return Stopping();
    if (job == nullptr) return JobForgotten(query.id);
  }
  // Its units and its size never change.
  DV_ASSIGN_OR_RETURN(const std::vector<int> units, UnitsOf(job->record.spec(), query.units));
  DV_ASSIGN_OR_RETURN(std::unique_ptr<VisualizationSheets> sheets,
                      SheetsFor(*job, units.size(), query.view, *options_.tools.encoder));
  auto watcher = std::make_shared<VisualizationWatcher>(options_.tools, std::move(query), units,
                                                        job->record.images(), std::move(sheets),
                                                        std::move(sink));
  absl::MutexLock lock(&mutex_);
  if (stopped_) return Stopping();
  BeginWatch(job, watcher, units);
  return watcher;
}

void VisualizationJobsImpl::BeginWatch(const SharedJob& job,
                                       const std::shared_ptr<VisualizationWatcher>& watcher,
                                       const std::vector<int>& units) {
  std::vector<size_t> indices;
  std::vector<EndedUnit> ended;
  for (const int unit : units) {
    const size_t index = *job->record.IndexOf(unit);
    indices.push_back(index);
    const UnitStatus& status = job->record.units()[index];
    if (IsEnded(status.state)) ended.push_back({status, job->keys[index]});
  }
  VisualizationHeader header{job->record.Describe(), units};
  VisualizationJob state = job->record.Describe(indices);
  state.spec = {};
  watcher->Begin(std::move(header), std::move(state), std::move(ended), WayOf(*job, *watcher));
  std::erase_if(watchers_, [](const auto& weak) { return weak.expired(); });
  watchers_.push_back(watcher);
  if (job->record.HasEnded()) return watcher->TellJobEnded();
  job->watchers.push_back(watcher);
}

const std::vector<std::shared_ptr<VisualizationWatcher>>& VisualizationJobsImpl::WatchersOf(
    LiveJob& job) {
  std::erase_if(job.watchers, [](const auto& watcher) { return watcher->IsDone(); });
  return job.watchers;
}

void VisualizationJobsImpl::TellState(LiveJob& job, const std::vector<size_t>& changed) {
  job.last_state = Now();
  for (const std::shared_ptr<VisualizationWatcher>& watcher : WatchersOf(job)) {
    std::vector<size_t> watched;
    for (const size_t index : changed) {
      if (watcher->Watches(job.record.units()[index].unit)) watched.push_back(index);
    }
    VisualizationJob state = job.record.Describe(watched);
    state.spec = {};
    watcher->TellState(std::move(state));
  }
}

void VisualizationJobsImpl::TellEnded(LiveJob& job, size_t index) {
  const UnitStatus& unit = job.record.units()[index];
  for (int image = 0; image < job.record.images(); ++image) job.way.erase({unit.unit, image});
  for (const std::shared_ptr<VisualizationWatcher>& watcher : WatchersOf(job)) {
    if (watcher->Watches(unit.unit)) watcher->TellEnded({{unit, job.keys[index]}});
  }
}

void VisualizationJobsImpl::TellPositions() {
  for (const SharedJob& job : table_.RefreshPositions()) TellState(*job, {});
}

}  // namespace deepvision
