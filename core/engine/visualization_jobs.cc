#include "core/engine/visualization_jobs.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"
#include "core/engine/visualization_job_errors.h"
#include "core/engine/visualization_jobs_impl.h"

namespace deepvision {

std::shared_ptr<VisualizationJobs> VisualizationJobs::Create(Options options) {
  return std::make_shared<VisualizationJobsImpl>(std::move(options));
}

VisualizationJobsImpl::VisualizationJobsImpl(Options options)
    : options_(std::move(options)), table_(options_.max_ended) {}

absl::StatusOr<VisualizationJob> VisualizationJobsImpl::Get(absl::string_view id) const {
  absl::MutexLock lock(&mutex_);
  const SharedJob job = table_.Find(id);
  if (job == nullptr) return JobForgotten(id);
  return job->record.DescribeAll();
}

std::vector<VisualizationJob> VisualizationJobsImpl::List(const VisualizationFilter& filter) const {
  absl::MutexLock lock(&mutex_);
  std::vector<VisualizationJob> jobs;
  for (const SharedJob& job : table_.Matching(filter)) jobs.push_back(job->record.Describe());
  return jobs;
}

absl::StatusOr<SharedRecord> VisualizationJobsImpl::Result(absl::string_view id, int unit) {
  std::string key;
  {
    absl::MutexLock lock(&mutex_);
    const SharedJob job = table_.Find(id);
    if (job == nullptr) return JobForgotten(id);
    const std::optional<size_t> index = job->record.IndexOf(unit);
    if (!index.has_value()) return NoSuchUnit(unit);
    if (job->record.units()[*index].state != UnitState::kDone) {
      return absl::FailedPreconditionError(
          absl::StrCat("unit ", unit, " of the visualization is not done"));
    }
    key = job->keys[*index];
  }
  return results().Load(key);
}

absl::StatusOr<VisualizationJob> VisualizationJobsImpl::Cancel(
    const CancelVisualizationQuery& query) {
  absl::MutexLock lock(&mutex_);
  if (query.ticket.empty() && !query.force) {
    return absl::InvalidArgumentError(
        "ticket: is empty; name the ticket that the start returned, or id with force");
  }
  const bool by_ticket = !query.ticket.empty();
  const SharedJob job = by_ticket ? table_.FindByTicket(query.ticket) : table_.Find(query.id);
  if (job == nullptr && by_ticket) {
    return WithReason(absl::NotFoundError("ticket: there is no such ticket, or no longer"),
                      "TICKET_NOT_FOUND");
  }
  if (job == nullptr) return JobForgotten(query.id);
  if (by_ticket) table_.RemoveTicket(query.ticket);
  if (!by_ticket || job->tickets.empty()) RequestCancel(job);
  return job->record.Describe();
}

void VisualizationJobsImpl::RequestCancel(const SharedJob& job) {
  if (job->record.HasEnded()) return;
  job->cancelled.Cancel();
  EndIfOver(job);
}

absl::StatusOr<VisualizationJob> VisualizationJobsImpl::SetPriority(absl::string_view id,
                                                                    int priority) {
  absl::MutexLock lock(&mutex_);
  const SharedJob job = table_.Find(id);
  if (job == nullptr) return JobForgotten(id);
  if (job->record.HasEnded()) {
    return absl::FailedPreconditionError("the job has ended: it has no priority any more");
  }
  ChangePriority(job, priority);
  return job->record.Describe();
}

void VisualizationJobsImpl::ChangePriority(const SharedJob& job, int priority) {
  job->record.set_priority(priority);
  job->turn.priority = priority;
  TellState(*job, {});
  TellPositions();
}

void VisualizationJobsImpl::EndIfOver(const SharedJob& job) {
  if (stopped_ || job->record.HasEnded() || job->in_slice || job->saving > 0) return;
  if (!job->IsEnding() && !job->record.AllEnded()) return;
  std::vector<size_t> changed;
  for (size_t i = 0; i < job->record.units().size(); ++i) {
    if (job->record.units()[i].state == UnitState::kRunning) changed.push_back(i);
  }
  if (job->cancelled.IsCancelled() && job->failure.ok() && !job->record.AllEnded()) {
    job->record.EndCancelled(Now());
  } else {
    job->record.End(Now(), job->failure);
  }
  job->way.clear();
  // On the device's thread; if it has stopped, here.
  if (job->worker != nullptr) {
    options_.device->Post(Priority::kContinuation, [worker = std::move(job->worker)] {})
        .IgnoreError();
  }
  TellState(*job, changed);
  for (const auto& watcher : WatchersOf(*job)) watcher->TellJobEnded();
  job->watchers.clear();
  table_.Remember(job);
  TellPositions();
}

VisualizationJobCounts VisualizationJobsImpl::Counts() const {
  absl::MutexLock lock(&mutex_);
  VisualizationJobCounts counts;
  for (const SharedJob& job : table_.Active()) {
    ++(job->record.state() == JobState::kQueued ? counts.queued : counts.running);
  }
  counts.ended = table_.ended();
  counts.unsaved = unsaved_;
  for (const auto& weak : watchers_) {
    const std::shared_ptr<VisualizationWatcher> watcher = weak.lock();
    if (watcher != nullptr && !watcher->IsDone()) ++counts.watchers;
  }
  return counts;
}

void VisualizationJobsImpl::Stop() {
  std::vector<SharedJob> idle;
  std::vector<std::weak_ptr<VisualizationWatcher>> watchers;
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
    watchers.swap(watchers_);
    for (const SharedJob& job : table_.Clear()) {
      job->cancelled.Cancel();
      if (!job->in_slice) idle.push_back(job);
    }
  }
  for (const auto& weak : watchers) {
    if (const auto watcher = weak.lock()) watcher->Leave(Stopping());
  }
  // Workers go on the device's thread, whoever still holds their jobs; if it has
  // stopped, here. One that computes goes with its slice: what is posted may run in
  // the middle of that.
  for (const SharedJob& job : idle) {
    const auto let_go = [job] { job->worker = nullptr; };
    if (!options_.device->Post(Priority::kContinuation, let_go).ok()) let_go();
  }
}

}  // namespace deepvision
