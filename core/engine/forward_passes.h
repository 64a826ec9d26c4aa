// Brings requests about the same (network, input, numerics) together: those that
// wait for the device when it starts on one of them are served by one pass.
//
//   passes.Join(key, prepared.tensor, InputKind::kRemembered, member);
//
// Threading: Join is thread-safe and does not block; members are served on the
// device worker.
// Ownership: waiting members belong to the task that waits in the device's queue:
// when the queue drops it, they are dropped. The passes outlive the device's tasks.
#ifndef DEEPVISION_CORE_ENGINE_FORWARD_PASSES_H_
#define DEEPVISION_CORE_ENGINE_FORWARD_PASSES_H_

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "core/base/executor.h"
#include "core/engine/forward_pass.h"
#include "core/engine/pass_member.h"
#include "core/engine/value_cache.h"

namespace deepvision {

enum class InputKind {
  kRemembered,
  kLive,  // never comes again: served alone, past the cache
};

class ForwardPasses {
 public:
  // At most `max_joined` members wait beside the first ones of their passes, whose
  // number the device's queue limits. `on_phase`: see PassEnvironment.
  ForwardPasses(Executor& device, size_t max_joined, uint64_t cache_bytes,
                std::function<void(Phase, absl::Duration)> on_phase)
      : device_(device), max_joined_(max_joined), environment_(cache_bytes, std::move(on_phase)) {}

  // `member` takes part in the next pass for `key`; `input` is its tensor. What
  // cannot wait has its End with kResourceExhausted or kUnavailable.
  void Join(const PassKey& key, const at::Tensor& input, InputKind kind,
            const std::shared_ptr<PassMember>& member) ABSL_LOCKS_EXCLUDED(mutex_);

  const PassEnvironment& environment() const { return environment_; }

  // Forgets the layers of every network, or of one that goes.
  void Clear() { environment_.cache.Clear(); }
  void Forget(const Network& network);

  // Members that wait beside the first ones of their passes.
  size_t joined() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Members = std::vector<std::shared_ptr<PassMember>>;
  using Times = std::vector<absl::Time>;
  // A pass that waits for the device. Until it is closed, `members` and `since`
  // are under the mutex of ForwardPasses.
  struct Waiting {
    PassKey key;
    at::Tensor input;
    InputKind kind;
    Members members;
    Times since;  // by member
  };

  // What became of a member: its pass is to be started, waits already, or has no
  // room.
  enum class Place { kFirst, kJoined, kNone };

  Place Enlist(const std::shared_ptr<Waiting>& own, const std::shared_ptr<PassMember>& member)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Start(const std::shared_ptr<Waiting>& waiting);
  void Run(Waiting& waiting);
  // Nobody joins any more.
  Members Close(Waiting& waiting) ABSL_LOCKS_EXCLUDED(mutex_);

  Executor& device_;
  const size_t max_joined_;
  PassEnvironment environment_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<PassKey, std::weak_ptr<Waiting>> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t joined_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_FORWARD_PASSES_H_
