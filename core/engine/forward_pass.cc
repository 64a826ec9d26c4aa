#include "core/engine/forward_pass.h"

#include <algorithm>
#include <functional>

#include "absl/time/clock.h"
#include "core/base/fault_point.h"
#include "core/base/status_macros.h"
#include "core/device/torch_status.h"

namespace deepvision {
namespace {

// What an entry costs beside its tensors, so that empty ones are forgotten, too.
constexpr uint64_t kEntryBytes = 1024;

}  // namespace

void ForwardPass::Run(const std::vector<std::shared_ptr<PassMember>>& members) {
  PassMembers present(members);
  if (present.AllGone()) return;
  if (const absl::Status found = Find(); !found.ok()) return present.EndAll(found);
  if (graph().random && members.size() > 1) {
    for (const auto& member : members) ForwardPass(key_, input_, environment_).Run({member});
    return;
  }
  const absl::Status served = Serve(present);
  if (Keeps()) Store();
  present.EndAll(served);
}

absl::Status ForwardPass::Find() {
  return CallTorch([&]() -> absl::Status {
    input_ = key_.network->Convert(input_);
    if (uses_cache_) found_ = environment_.cache.Find(key_).value_or(nullptr);
    if (found_ != nullptr) return absl::OkStatus();
    DV_ASSIGN_OR_RETURN(auto specialisation, key_.network->Fit(input_));
    found_ = std::make_shared<const CapturedValues>(CapturedValues{std::move(specialisation), {}});
    return absl::OkStatus();
  });
}

absl::Status ForwardPass::Serve(PassMembers& members) {
  members.Select(found_->specialisation);
  std::vector<ValueId> targets = members.Wanted();
  if (targets.empty()) return absl::OkStatus();
  const Plan plan = MakeKeepingPlan(targets);
  std::vector<ValueId> order;
  for (const int target : plan.delivery_order()) order.push_back(targets[target]);
  members.Begin(order);
  if (members.AllGone()) return absl::OkStatus();
  return Compute(plan, targets, members);
}

Plan ForwardPass::MakePlan(const std::vector<ValueId>& targets) const {
  const auto& shared = found_->specialisation->graph();
  if (shared->random) return Plan::Make(shared, targets);
  return Plan::Continue(shared, targets, found_->values);
}

Plan ForwardPass::MakeKeepingPlan(std::vector<ValueId>& targets) {
  Plan plan = MakePlan(targets);
  if (!Keeps()) return plan;
  std::vector<ValueId> extended = targets;
  for (const ValueId value : WorthKeeping(plan, targets)) {
    kept_.insert(value);
    if (std::find(targets.begin(), targets.end(), value) == targets.end()) {
      extended.push_back(value);
    }
  }
  if (extended.size() == targets.size()) return plan;
  Plan keeping = MakePlan(extended);
  if (keeping.operator_count() > plan.operator_count()) return plan;
  targets = std::move(extended);
  return keeping;
}

// Of what the plan computes: what was asked for and the shown layers, the last
// first, because later requests continue from there, as far as the cache has room.
std::vector<ValueId> ForwardPass::WorthKeeping(const Plan& plan,
                                               const std::vector<ValueId>& targets) const {
  std::vector<ValueId> candidates = found_->specialisation->shown_values();
  candidates.insert(candidates.end(), targets.begin(), targets.end());
  std::sort(candidates.begin(), candidates.end(), std::greater<>());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  std::stable_sort(candidates.begin(), candidates.end(), [&](ValueId a, ValueId b) {
    return graph().values[a].producer > graph().values[b].producer;
  });
  const uint64_t capacity = environment_.cache.capacity_bytes();
  uint64_t bytes = kEntryBytes + ByteCount(*found_);
  std::vector<ValueId> kept;
  for (const ValueId value : candidates) {
    if (!plan.Computes(value) || found_->values.contains(value)) continue;
    const uint64_t more = ExpectedBytes(graph(), value);
    if (bytes > capacity || more > capacity - bytes) break;
    bytes += more;
    kept.push_back(value);
  }
  return kept;
}

absl::Status ForwardPass::Compute(const Plan& plan, const std::vector<ValueId>& targets,
                                  PassMembers& members) {
  uint64_t room = 0;
  for (const ValueId value : kept_) room += ExpectedBytes(graph(), value);
  environment_.cache.MakeRoom(room);
  DV_FAULT_POINT("before_forward");
  if (plan.operator_count() > 0) ++environment_.passes;
  const absl::Time begin = absl::Now();
  absl::Duration elsewhere;
  RunOptions options;
  options.go_on = [&] {
    if (members.AllGone()) return false;
    ++environment_.operators;
    return true;
  };
  const absl::Status status = CallTorch([&] {
    return plan.Run(input_, options, [&](int target, const at::Tensor& tensor) {
      const absl::Time handed = absl::Now();
      if (kept_.contains(targets[target])) new_values_[targets[target]] = tensor;
      members.HandOut(targets[target], tensor);
      elsewhere += absl::Now() - handed;
      return absl::OkStatus();
    });
  });
  environment_.on_phase(Phase::kCompute, absl::Now() - begin - elsewhere);
  return status;
}

void ForwardPass::Store() {
  if (new_values_.empty()) return;
  auto stored = std::make_shared<CapturedValues>(*found_);
  for (auto& [value, tensor] : new_values_) stored->values[value] = tensor;
  const uint64_t bytes = kEntryBytes + ByteCount(*stored);
  environment_.cache.Put(key_, std::move(stored), bytes);
}

}  // namespace deepvision
