// One run of a network on one input, for every request that asks about it.
//
//   ForwardPass(key, tensor, environment).Run(members);   // all have had their End
//
// The pass finds what the cache has of this input, runs one plan over what all
// members want beyond it, hands each its values as they exist, in execution order,
// and leaves the values of the shown layers that it computed in the cache. A member
// that fails or is cancelled leaves; the pass stops when nobody is left.
//
// A network with random operators has another result every time: its members run
// one after the other, each on its own sample, and nothing is kept.
//
// Threading: device worker only; Run blocks for the forward pass.
#ifndef DEEPVISION_CORE_ENGINE_FORWARD_PASS_H_
#define DEEPVISION_CORE_ENGINE_FORWARD_PASS_H_

#include <ATen/core/Tensor.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/api/statistics.h"
#include "core/engine/pass_members.h"
#include "core/engine/value_cache.h"
#include "core/graph/plan.h"

namespace deepvision {

// What passes share.
struct PassEnvironment {
  PassEnvironment(uint64_t cache_bytes, std::function<void(Phase, absl::Duration)> report)
      : cache(cache_bytes), on_phase(std::move(report)) {}

  ValueCache cache;
  std::atomic<uint64_t> passes{0};     // that ran an operator
  std::atomic<uint64_t> operators{0};  // that ran in them
  // Told how long a member waited for the device, and a pass computed.
  const std::function<void(Phase, absl::Duration)> on_phase;
};

class ForwardPass {
 public:
  // `input`: as PreparedInput::tensor. `environment` outlives the pass.
  ForwardPass(PassKey key, at::Tensor input, PassEnvironment& environment)
      : key_(std::move(key)), input_(std::move(input)), environment_(environment) {}

  // Neither reads nor fills the cache: for inputs that never come again.
  void BypassCache() { uses_cache_ = false; }

  void Run(const std::vector<std::shared_ptr<PassMember>>& members);

 private:
  const Graph& graph() const { return *found_->specialisation->graph(); }
  bool Keeps() const { return uses_cache_ && !graph().random && !key_.network->retired(); }

  absl::Status Find();
  absl::Status Serve(PassMembers& members);
  Plan MakePlan(const std::vector<ValueId>& targets) const;
  // Adds the values that are worth keeping to `targets`, where that costs no
  // operator, and notes what is kept.
  Plan MakeKeepingPlan(std::vector<ValueId>& targets);
  std::vector<ValueId> WorthKeeping(const Plan& plan, const std::vector<ValueId>& targets) const;
  absl::Status Compute(const Plan& plan, const std::vector<ValueId>& targets, PassMembers& members);
  void Store();

  const PassKey key_;
  at::Tensor input_;
  PassEnvironment& environment_;
  bool uses_cache_ = true;
  std::shared_ptr<const CapturedValues> found_;  // set by Find
  absl::flat_hash_set<ValueId> kept_;
  AvailableValues new_values_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_FORWARD_PASS_H_
