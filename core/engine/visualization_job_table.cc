#include "core/engine/visualization_job_table.h"

#include <algorithm>
#include <array>
#include <random>

#include "absl/strings/escaping.h"

namespace deepvision {
namespace {

// 128 bits of the system's randomness: nobody guesses somebody else's ticket.
std::string NewTicket() {
  std::random_device random;
  std::array<uint32_t, 4> bits;
  std::generate(bits.begin(), bits.end(), std::ref(random));
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bits.data()), sizeof(bits)));
}

bool HasWork(const LiveJob& job) {
  for (const UnitStatus& unit : job.record.units()) {
    if (unit.state == UnitState::kWaiting) return true;
  }
  return !job.batch.empty();
}

bool Matches(const LiveJob& job, const VisualizationFilter& filter) {
  const VisualizationSpec& spec = job.record.spec();
  return (filter.id.empty() || filter.id == job.record.id()) &&
         (filter.network.empty() || filter.network == spec.network) &&
         (filter.layer.empty() || filter.layer == spec.layer) &&
         (!filter.state.has_value() || *filter.state == job.record.state());
}

}  // namespace

SharedJob VisualizationJobTable::Find(absl::string_view id) const {
  const auto found = jobs_.find(std::string(id));
  return found == jobs_.end() ? nullptr : found->second;
}

SharedJob VisualizationJobTable::FindActive(absl::string_view id) const {
  SharedJob job = Find(id);
  return job != nullptr && job->record.HasEnded() ? nullptr : job;
}

SharedJob VisualizationJobTable::FindByTicket(const std::string& ticket) const {
  const auto found = tickets_.find(ticket);
  return found == tickets_.end() ? nullptr : found->second;
}

void VisualizationJobTable::Add(SharedJob job) {
  job->turn = {job->record.priority(), ++arrivals_};
  const std::string id = job->record.id();
  jobs_[id] = std::move(job);
}

std::string VisualizationJobTable::AddTicket(const SharedJob& job) {
  const std::string ticket = NewTicket();
  job->tickets.insert(ticket);
  tickets_[ticket] = job;
  return ticket;
}

void VisualizationJobTable::RemoveTicket(const std::string& ticket) {
  const auto found = tickets_.find(ticket);
  if (found == tickets_.end()) return;
  found->second->tickets.erase(ticket);
  tickets_.erase(found);
}

void VisualizationJobTable::Remember(const SharedJob& job) {
  ended_.push_back(job);
  while (ended_.size() > max_ended_) Forget(SharedJob(ended_.front()));
}

void VisualizationJobTable::Forget(const SharedJob& job) {
  for (const std::string& ticket : job->tickets) tickets_.erase(ticket);
  const auto current = jobs_.find(job->record.id());
  if (current != jobs_.end() && current->second == job) jobs_.erase(current);
  std::erase(ended_, job);
}

std::vector<SharedJob> VisualizationJobTable::Clear() {
  std::vector<SharedJob> active = Active();
  jobs_.clear();
  tickets_.clear();
  ended_.clear();
  return active;
}

std::vector<SharedJob> VisualizationJobTable::Active() const {
  std::vector<SharedJob> active;
  for (const auto& [id, job] : jobs_) {
    if (!job->record.HasEnded()) active.push_back(job);
  }
  std::sort(active.begin(), active.end(),
            [](const SharedJob& a, const SharedJob& b) { return a->turn < b->turn; });
  return active;
}

std::vector<SharedJob> VisualizationJobTable::Matching(const VisualizationFilter& filter) const {
  std::vector<SharedJob> matching;
  for (const auto& [id, job] : jobs_) {
    if (Matches(*job, filter)) matching.push_back(job);
  }
  std::sort(matching.begin(), matching.end(), [](const SharedJob& a, const SharedJob& b) {
    return a->turn.arrival > b->turn.arrival;
  });
  return matching;
}

SharedJob VisualizationJobTable::NextTurn() const {
  for (const SharedJob& job : Active()) {
    if (!job->IsEnding() && HasWork(*job)) return job;
  }
  return nullptr;
}

std::vector<SharedJob> VisualizationJobTable::RefreshPositions() {
  std::vector<SharedJob> changed;
  int before = 0;
  for (const SharedJob& job : Active()) {
    if (job->record.state() == JobState::kQueued && job->record.queue_position() != before) {
      job->record.set_queue_position(before);
      changed.push_back(job);
    }
    ++before;
  }
  return changed;
}

std::set<std::string> VisualizationJobTable::KeysInUse() const {
  std::set<std::string> keys;
  for (const SharedJob& job : Active()) keys.insert(job->keys.begin(), job->keys.end());
  return keys;
}

}  // namespace deepvision
