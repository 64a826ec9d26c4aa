// How jobs begin, how what is done is kept and what is deleted: the parts of
// VisualizationJobs that deal with results, on the host pool.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/engine/visualization_job_errors.h"
#include "core/engine/visualization_jobs_impl.h"

namespace deepvision {
namespace {

bool OnlyLoads(VisualizationMode mode) {
  return mode == VisualizationMode::kLoadOnly || mode == VisualizationMode::kLoadLatest;
}

// What is only loaded is another job than what is computed, too.
std::string DigestFor(const VisualizationRequest& request, VisualizationMode mode) {
  const std::string digest = JobDigest(request.context, request.spec);
  if (!OnlyLoads(mode)) return digest;
  Sha256 hash;
  hash.Update(mode == VisualizationMode::kLoadOnly ? "load " : "latest ");
  hash.Update(digest);
  return hash.Finish();
}

SharedJob MakeJob(VisualizationRequest request, VisualizationMode mode, int priority,
                  absl::Time now) {
  VisualizationJob job;
  const std::string digest = DigestFor(request, mode);
  job.id = absl::StrCat("networks/", request.spec.network, "/visualizations/", digest);
  job.network_digest = request.context.model_digest;
  job.produced_by = std::move(request.produced_by);
  job.priority = priority;
  job.created = now;
  job.spec = std::move(request.spec);
  SharedJob live = std::make_shared<LiveJob>(std::move(job));
  live->context = std::move(request.context);
  live->digest = digest;
  live->make_worker = std::move(request.make_worker);
  live->shares_results = mode == VisualizationMode::kLoadOrGenerate;
  live->snapshot_steps = SnapshotSteps(live->record.spec().steps);
  return live;
}

absl::Status NotStored() {
  return WithReason(absl::NotFoundError("nothing is stored for this; start it in a mode that "
                                        "generates"),
                    "NOT_STORED");
}

absl::Status TooManyJobs() {
  return WithReason(absl::ResourceExhaustedError("too many visualization jobs wait; retry later, "
                                                 "or cancel some"),
                    "QUEUE_FULL", {}, absl::Seconds(10));
}

}  // namespace

void VisualizationJobsImpl::Start(VisualizationRequest request, VisualizationMode mode,
                                  int priority, CancellationToken cancelled,
                                  Callback<StartedVisualization> done) {
  auto reply = std::make_shared<Reply<StartedVisualization>>(std::move(done));
  auto arrival =
      std::make_shared<Arrival>(Arrival{MakeJob(std::move(request), mode, priority, Now()), mode});
  const absl::Status posted = options_.tools.host->Post(
      Priority::kInteractive,
      [self = shared_from_this(), arrival, cancelled = std::move(cancelled), reply] {
        self->LookUp(*arrival);
        if (cancelled.IsCancelled()) return (*reply)(absl::CancelledError("the call has gone"));
        (*reply)(self->Admit(std::move(*arrival)));
      });
  if (!posted.ok()) (*reply)(posted);
}

// Keys of the units, and which of them need not be computed.
void VisualizationJobsImpl::LookUp(Arrival& arrival) {
  LiveJob& job = *arrival.job;
  const VisualizationSpec& spec = job.record.spec();
  for (const UnitStatus& unit : job.record.units()) {
    job.keys.push_back(UnitKey(job.context, spec, unit.unit));
  }
  if (arrival.mode == VisualizationMode::kLoadLatest) {
    const auto latest = results().Latest(job.context.model_digest, spec.layer);
    if (!latest.ok()) return;
    for (const IndexRow& row : *latest) {
      const std::optional<size_t> index = job.record.IndexOf(row.unit);
      if (!index.has_value()) continue;
      job.keys[*index] = row.key;
      arrival.stored.insert(*index);
    }
  } else if (arrival.mode != VisualizationMode::kGenerate) {
    for (size_t i = 0; i < job.keys.size(); ++i) {
      if (results().Has(job.keys[i])) arrival.stored.insert(i);
    }
  }
}

absl::StatusOr<StartedVisualization> VisualizationJobsImpl::Admit(Arrival arrival) {
  const SharedJob job = arrival.job;
  if (OnlyLoads(arrival.mode) && arrival.stored.empty()) return NotStored();
  absl::MutexLock lock(&mutex_);
  if (stopped_) return Stopping();
  if (const SharedJob active = table_.FindActive(job->record.id())) {
    return Join(active, job->record.priority());
  }
  MarkStored(arrival);
  const bool over = job->record.AllEnded();
  if (!over && table_.Active().size() >= options_.max_active) return TooManyJobs();
  table_.Add(job);
  const std::string ticket = table_.AddTicket(job);
  TellPositions();
  EndIfOver(job);
  PostSlice();
  return StartedVisualization{job->record.DescribeAll(), ticket, false};
}

void VisualizationJobsImpl::MarkStored(const Arrival& arrival) {
  VisualizationJobRecord& record = arrival.job->record;
  for (size_t i = 0; i < record.units().size(); ++i) {
    if (arrival.stored.contains(i)) {
      record.SetDone(i, true);
    } else if (OnlyLoads(arrival.mode)) {
      record.SetFailed(i, NotStored());
    }
  }
}

// Who asks with more urgency speeds it up for all.
absl::StatusOr<StartedVisualization> VisualizationJobsImpl::Join(const SharedJob& job,
                                                                 int priority) {
  if (job->IsEnding()) {
    return WithReason(absl::UnavailableError("the same job is being cancelled; retry"),
                      "JOB_ENDING", {}, absl::Milliseconds(200));
  }
  if (job->tickets.size() >= options_.max_tickets) return TooManyJobs();
  if (priority > job->turn.priority) ChangePriority(job, priority);
  const std::string ticket = table_.AddTicket(job);
  return StartedVisualization{job->record.DescribeAll(), ticket, true};
}

void VisualizationJobsImpl::Delete(VisualizationFilter filter, CancellationToken cancelled,
                                   Callback<DeletedVisualizations> done) {
  auto reply = std::make_shared<Reply<DeletedVisualizations>>(std::move(done));
  if (filter.id.empty() && filter.network.empty()) {
    return (*reply)(absl::InvalidArgumentError(
        "filter: has neither id nor network, and would delete everything"));
  }
  const absl::Status posted = options_.tools.host->Post(
      Priority::kInteractive, [self = shared_from_this(), filter = std::move(filter),
                               cancelled = std::move(cancelled), reply] {
        if (cancelled.IsCancelled()) return (*reply)(absl::CancelledError("the call has gone"));
        (*reply)(self->DeleteNow(filter));
      });
  if (!posted.ok()) (*reply)(posted);
}

absl::StatusOr<DeletedVisualizations> VisualizationJobsImpl::DeleteNow(
    const VisualizationFilter& filter) {
  ResultFilter stored;
  if (!filter.network.empty()) stored.network = filter.network;
  if (!filter.layer.empty()) stored.layer = filter.layer;
  if (!filter.id.empty()) stored.job = filter.id.substr(filter.id.rfind('/') + 1);
  DV_ASSIGN_OR_RETURN(const std::vector<IndexRow> rows, results().List(stored));
  std::set<std::string> keys;
  for (const IndexRow& row : rows) keys.insert(row.key);
  DeletedVisualizations deleted;
  {
    absl::MutexLock lock(&mutex_);
    const std::vector<SharedJob> forgotten = ForgetEnded(filter);
    for (const SharedJob& job : forgotten) keys.insert(job->keys.begin(), job->keys.end());
    deleted.jobs = forgotten.size();
    for (const std::string& key : table_.KeysInUse()) keys.erase(key);
  }
  DV_ASSIGN_OR_RETURN(const VisualizationStore::Deleted units,
                      results().Delete({keys.begin(), keys.end()}));
  deleted.units = units.units;
  deleted.bytes = units.bytes;
  return deleted;
}

std::vector<SharedJob> VisualizationJobsImpl::ForgetEnded(const VisualizationFilter& filter) {
  std::vector<SharedJob> ended = table_.Matching(filter);
  std::erase_if(ended, [](const SharedJob& job) { return !job->record.HasEnded(); });
  for (const SharedJob& job : ended) table_.Forget(job);
  return ended;
}

// A disk that refuses costs only that the result is not kept for long.
void VisualizationJobsImpl::Save(const SharedJob& job, size_t index, SharedRecord record) {
  auto save = [self = shared_from_this(), job, index, record] {
    const bool kept = self->results().Keep(job->keys[index], record).ok();
    self->SetSaved(job, index, kept);
  };
  // One for each unit of a batch at a time. When the host has stopped, so does this
  // thread soon: what is done is kept before.
  if (!options_.tools.host->Post(Priority::kContinuation, save).ok()) save();
}

void VisualizationJobsImpl::SetSaved(const SharedJob& job, size_t index, bool kept) {
  absl::MutexLock lock(&mutex_);
  --job->saving;
  if (!kept) ++unsaved_;
  job->record.SetDone(index, false);
  TellState(*job, {index});
  TellEnded(*job, index);
  ShareResult(*job, job->keys[index]);
  EndIfOver(job);
}

// To jobs that would compute the same.
void VisualizationJobsImpl::ShareResult(const LiveJob& from, const std::string& key) {
  for (const SharedJob& job : table_.Active()) {
    if (job.get() == &from || !job->shares_results) continue;
    const auto found = std::find(job->keys.begin(), job->keys.end(), key);
    if (found == job->keys.end()) continue;
    const size_t index = static_cast<size_t>(found - job->keys.begin());
    if (job->record.units()[index].state != UnitState::kWaiting) continue;
    job->record.SetDone(index, true);
    TellState(*job, {index});
    TellEnded(*job, index);
    EndIfOver(job);
  }
}

}  // namespace deepvision
