#include "tests/support/fake_visualizations.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/api/error.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "tests/support/fake_input.h"

namespace deepvision {
namespace {

absl::Status Forgotten(absl::string_view id) {
  return WithReason(absl::NotFoundError("no such visualization is known (any more); send its spec "
                                        "again, units that were done are kept"),
                    "JOB_FORGOTTEN", {{"visualization", std::string(id)}});
}

void FillDefaults(int unit_count, VisualizationSpec& spec) {
  if (spec.all_units) {
    for (int unit = 0; unit < unit_count; ++unit) spec.units.push_back(unit);
  }
  spec.all_units = false;
  if (spec.objective.terms.empty())
    spec.objective.terms.push_back({ChannelTerm{spec.layer, {}}, 1});
  if (spec.height == 0) spec.height = 32;
  if (spec.width == 0) spec.width = spec.height;
  if (spec.steps == 0) spec.steps = 16;
  if (spec.numerics == Numerics::kDefault) spec.numerics = Numerics::kFast;
}

VisualizationJob WithoutUnits(VisualizationJob job) {
  job.units.clear();
  return job;
}

}  // namespace

class FakeVisualizations::Handle final : public VisualizationWatch {
 public:
  explicit Handle(std::shared_ptr<FakeWatcher> watcher) : watcher_(std::move(watcher)) {}
  ~Handle() override { watcher_->Leave(absl::CancelledError("nobody watches")); }
  void Leave(absl::Status status) override { watcher_->Leave(status); }

 private:
  const std::shared_ptr<FakeWatcher> watcher_;
};

FakeVisualizations::FakeVisualizations(FindUnits find_units) : find_units_(std::move(find_units)) {}
FakeVisualizations::~FakeVisualizations() = default;

void FakeVisualizations::Hold() {
  absl::MutexLock lock(&mutex_);
  hold_ = true;
}

void FakeVisualizations::HoldStarts() {
  absl::MutexLock lock(&mutex_);
  hold_starts_ = true;
}

void FakeVisualizations::ReleaseStarts() {
  std::vector<std::function<void()>> starts;
  {
    absl::MutexLock lock(&mutex_);
    hold_starts_ = false;
    starts.swap(held_starts_);
  }
  for (const auto& start : starts) start();
}

FakeVisualizations::Watchers FakeVisualizations::AllWatchers() const {
  Watchers all;
  for (const auto& job : jobs_) all.insert(all.end(), job->watchers.begin(), job->watchers.end());
  return all;
}

int FakeVisualizations::watchers() const {
  absl::MutexLock lock(&mutex_);
  const Watchers all = AllWatchers();
  return static_cast<int>(
      std::count_if(all.begin(), all.end(), [](const auto& watcher) { return !watcher->left(); }));
}

int FakeVisualizations::tickets() const {
  absl::MutexLock lock(&mutex_);
  size_t count = 0;
  for (const auto& job : jobs_) count += job->tickets.size();
  return static_cast<int>(count);
}

std::vector<StartVisualizationQuery> FakeVisualizations::queries() const {
  absl::MutexLock lock(&mutex_);
  return queries_;
}

void FakeVisualizations::Advance(int steps) {
  Watchers watchers;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& job : jobs_) {
      if (!HasEnded(job->info.state)) job->Advance(steps, stored_);
    }
    watchers = AllWatchers();
  }
  for (const auto& watcher : watchers) watcher->Pump();
}

std::shared_ptr<FakeJob> FakeVisualizations::Find(absl::string_view id) const {
  for (const auto& job : jobs_) {
    if (job->info.id == id) return job;
  }
  return nullptr;
}

absl::StatusOr<std::shared_ptr<FakeJob>> FakeVisualizations::MakeJob(
    const StartVisualizationQuery& query) {
  auto job = std::make_shared<FakeJob>();
  VisualizationJob& info = job->info;
  info.spec = query.spec;
  info.id = FakeJobId(query.spec);
  info.network_digest = std::string(64, 'a');
  info.produced_by = FakeProducer(query.spec.numerics);
  info.priority = query.priority;
  info.queue_position = 0;
  info.created = absl::Now();
  const bool load_only =
      query.mode == VisualizationMode::kLoadOnly || query.mode == VisualizationMode::kLoadLatest;
  int loaded = 0;
  for (const int number : info.spec.units) {
    UnitStatus unit;
    unit.unit = number;
    if (query.mode != VisualizationMode::kGenerate &&
        stored_.count(FakeUnitKey(info.spec, number)) > 0) {
      unit.state = UnitState::kDone;
      unit.step = info.spec.steps;
      unit.from_store = true;
      ++loaded;
    } else if (load_only) {
      unit.state = UnitState::kFailed;
      unit.failure = WithReason(absl::NotFoundError("not in the store"), "NOT_STORED");
    }
    info.units.push_back(unit);
  }
  if (load_only && loaded == 0) {
    return WithReason(absl::NotFoundError("nothing of this is stored; start it without LOAD_ONLY"),
                      "NOT_STORED");
  }
  job->Count();
  const bool all = loaded == static_cast<int>(info.units.size());
  if (all || load_only) job->End(all ? JobState::kSucceeded : JobState::kPartial);
  return job;
}

absl::StatusOr<StartedVisualization> FakeVisualizations::StartNow(StartVisualizationQuery query) {
  DV_ASSIGN_OR_RETURN(const int unit_count, find_units_(query.spec));
  if (!query.spec.all_units && query.spec.units.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("spec.units: is not set; name units, or set all_units for all ", unit_count));
  }
  for (const int unit : query.spec.units) {
    if (unit >= unit_count) {
      return absl::OutOfRangeError(
          absl::StrCat("spec.units: ", unit, " is past the last of ", unit_count, " units"));
    }
  }
  FillDefaults(unit_count, query.spec);
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<FakeJob> job = Find(FakeJobId(query.spec));
  const bool merged = job != nullptr && !HasEnded(job->info.state);
  if (!merged) {
    if (job != nullptr) jobs_.erase(std::find(jobs_.begin(), jobs_.end(), job));
    DV_ASSIGN_OR_RETURN(job, MakeJob(query));
    jobs_.push_back(job);
  }
  job->info.priority = std::max(job->info.priority, query.priority);
  StartedVisualization started{job->info, absl::StrCat("ticket-", next_ticket_++), merged};
  job->tickets.insert(started.ticket);
  return started;
}

void FakeVisualizations::Start(StartVisualizationQuery query, CancellationToken,
                               Callback<StartedVisualization> done) {
  {
    absl::MutexLock lock(&mutex_);
    queries_.push_back(query);
    if (hold_starts_) {
      auto shared = std::make_shared<Callback<StartedVisualization>>(std::move(done));
      held_starts_.push_back([this, shared, query] { std::move (*shared)(StartNow(query)); });
      return;
    }
  }
  std::move(done)(StartNow(std::move(query)));
}

void FakeVisualizations::Greet(FakeJob& job, const std::shared_ptr<FakeWatcher>& watcher) {
  VisualizationHeader header{WithoutUnits(job.info), watcher->shown};
  watcher->Push([header](VisualizationSink& sink) { sink.OnHeader(header); });
  job.TellState(job.info.units, *watcher);
  job.watchers.push_back(watcher);
  for (const UnitStatus& unit : job.info.units) {
    if (!watcher->Shows(unit.unit)) continue;
    job.TellSnapshots(unit, *watcher);
    if (HasEnded(unit.state)) job.TellResult(unit, *watcher);
  }
  if (!HasEnded(job.info.state)) return;
  if (watcher->query.view.layout == VisualizationLayout::kAtlas) job.TellSheet(*watcher);
  watcher->PushDone(absl::OkStatus());
}

std::shared_ptr<VisualizationWatch> FakeVisualizations::Watch(
    WatchVisualizationQuery query, std::shared_ptr<VisualizationSink> sink) {
  auto watcher = std::make_shared<FakeWatcher>(std::move(query), std::move(sink));
  std::shared_ptr<FakeJob> job;
  {
    absl::MutexLock lock(&mutex_);
    job = Find(watcher->query.id);
    if (job == nullptr) {
      watcher->PushDone(Forgotten(watcher->query.id));
    } else {
      watcher->shown = watcher->query.units;
      if (watcher->shown.empty()) watcher->shown = job->info.spec.units;
      Greet(*job, watcher);
    }
    while (job != nullptr && !hold_ && !HasEnded(job->info.state)) {
      job->Advance(std::max(1, job->info.spec.steps / 4), stored_);
    }
  }
  watcher->Pump();
  return std::make_shared<Handle>(watcher);
}

absl::StatusOr<VisualizationJob> FakeVisualizations::Get(absl::string_view id) const {
  absl::MutexLock lock(&mutex_);
  const std::shared_ptr<FakeJob> job = Find(id);
  if (job == nullptr) return Forgotten(id);
  return job->info;
}

std::vector<VisualizationJob> FakeVisualizations::List(const VisualizationFilter& filter) const {
  absl::MutexLock lock(&mutex_);
  std::vector<VisualizationJob> jobs;
  for (auto job = jobs_.rbegin(); job != jobs_.rend(); ++job) {
    const VisualizationJob& info = (*job)->info;
    if (!filter.network.empty() && filter.network != info.spec.network) continue;
    if (!filter.layer.empty() && filter.layer != info.spec.layer) continue;
    if (filter.state && *filter.state != info.state) continue;
    jobs.push_back(WithoutUnits(info));
  }
  return jobs;
}

absl::StatusOr<VisualizationJob> FakeVisualizations::Cancel(const CancelVisualizationQuery& query) {
  Watchers watchers;
  VisualizationJob info;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = std::find_if(jobs_.begin(), jobs_.end(), [&](const auto& job) {
      return query.force ? job->info.id == query.id : job->tickets.count(query.ticket) > 0;
    });
    if (found == jobs_.end()) {
      if (query.force) return Forgotten(query.id);
      return WithReason(absl::NotFoundError("ticket: no job has this ticket"), "TICKET_UNKNOWN");
    }
    FakeJob& job = **found;
    job.tickets.erase(query.ticket);
    if (query.force) job.tickets.clear();
    if (job.tickets.empty() && !HasEnded(job.info.state)) job.End(JobState::kCancelled);
    watchers = job.watchers;
    info = WithoutUnits(job.info);
  }
  for (const auto& watcher : watchers) watcher->Pump();
  return info;
}

absl::StatusOr<VisualizationJob> FakeVisualizations::SetPriority(absl::string_view id,
                                                                 int priority) {
  absl::MutexLock lock(&mutex_);
  const std::shared_ptr<FakeJob> job = Find(id);
  if (job == nullptr) return Forgotten(id);
  if (HasEnded(job->info.state)) {
    return WithReason(absl::FailedPreconditionError("the job has ended"), "JOB_ENDED");
  }
  job->info.priority = priority;
  return WithoutUnits(job->info);
}

void FakeVisualizations::Delete(VisualizationFilter filter, CancellationToken,
                                Callback<DeletedVisualizations> done) {
  DeletedVisualizations deleted;
  {
    absl::MutexLock lock(&mutex_);
    std::vector<std::shared_ptr<FakeJob>> kept;
    for (const auto& job : jobs_) {
      const VisualizationJob& info = job->info;
      const bool matches = (filter.id.empty() || filter.id == info.id) &&
                           (filter.network.empty() || filter.network == info.spec.network) &&
                           (filter.layer.empty() || filter.layer == info.spec.layer);
      if (!matches || !HasEnded(info.state)) {
        kept.push_back(job);
        continue;
      }
      ++deleted.jobs;
      for (const int unit : info.spec.units)
        deleted.units += stored_.erase(FakeUnitKey(info.spec, unit));
    }
    jobs_.swap(kept);
    deleted.bytes = deleted.units * 1000;
  }
  std::move(done)(deleted);
}

}  // namespace deepvision
