#include "core/engine/network_list.h"

#include <algorithm>

#include "core/engine/nearest_ids.h"

namespace deepvision {
namespace {

std::shared_ptr<Network> FindIn(const Networks& networks, absl::string_view id) {
  const auto found = std::find_if(networks.begin(), networks.end(),
                                  [id](const auto& network) { return network->id() == id; });
  return found == networks.end() ? nullptr : *found;
}

// Decides about one network of the new manifests.
void PlanOne(const Networks& old, NetworkManifest manifest, const std::string& device,
             ReloadPlan& plan) {
  const std::shared_ptr<Network> before = FindIn(old, manifest.id);
  if (before != nullptr && before->IsUpToDate(manifest)) {
    plan.networks.push_back(before);
    plan.changes.push_back({manifest.id, NetworkChangeKind::kUnchanged});
    return;
  }
  if (before != nullptr) plan.gone.push_back(before);
  plan.changes.push_back(
      {manifest.id, before == nullptr ? NetworkChangeKind::kAdded : NetworkChangeKind::kReplaced});
  plan.opened.push_back(std::make_shared<Network>(std::move(manifest), device));
  plan.networks.push_back(plan.opened.back());
}

}  // namespace

std::shared_ptr<const Networks> NetworkList::All() const {
  absl::MutexLock lock(&mutex_);
  return networks_;
}

void NetworkList::Set(Networks networks) {
  auto next = std::make_shared<const Networks>(std::move(networks));
  absl::MutexLock lock(&mutex_);
  networks_.swap(next);
}

absl::StatusOr<std::shared_ptr<Network>> NetworkList::Find(absl::string_view id) const {
  const std::shared_ptr<const Networks> networks = All();
  if (auto found = FindIn(*networks, id)) return found;
  std::vector<std::string> ids;
  for (const auto& network : *networks) ids.push_back(network->id());
  return UnknownId("network", id, ids, "NETWORK_NOT_FOUND");
}

ReloadPlan PlanReload(const Networks& old, std::vector<NetworkManifest> manifests,
                      const std::string& device) {
  ReloadPlan plan;
  for (NetworkManifest& manifest : manifests) PlanOne(old, std::move(manifest), device, plan);
  for (const auto& network : old) {
    if (FindIn(plan.networks, network->id()) != nullptr) continue;
    plan.gone.push_back(network);
    plan.changes.push_back({network->id(), NetworkChangeKind::kRemoved});
  }
  return plan;
}

}  // namespace deepvision
