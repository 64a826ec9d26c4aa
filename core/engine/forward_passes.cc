#include "core/engine/forward_passes.h"

#include <utility>

#include "absl/time/clock.h"
#include "core/api/error.h"

namespace deepvision {

void ForwardPasses::Join(const PassKey& key, const at::Tensor& input, InputKind kind,
                         const std::shared_ptr<PassMember>& member) {
  const auto own = std::make_shared<Waiting>(Waiting{key, input, kind, {}, {}});
  switch (Enlist(own, member)) {
    case Place::kFirst:
      return Start(own);
    case Place::kJoined:
      return;
    case Place::kNone:
      return member->End(QueueFull());
  }
}

ForwardPasses::Place ForwardPasses::Enlist(const std::shared_ptr<Waiting>& own,
                                           const std::shared_ptr<PassMember>& member) {
  std::shared_ptr<Waiting> joined;  // outlives the lock
  absl::MutexLock lock(&mutex_);
  if (own->kind == InputKind::kRemembered) {
    std::weak_ptr<Waiting>& slot = waiting_[own->key];
    joined = slot.lock();
    if (joined == nullptr) slot = own;
  }
  if (joined != nullptr && joined_ >= max_joined_) return Place::kNone;
  Waiting& waiting = joined == nullptr ? *own : *joined;
  waiting.members.push_back(member);
  waiting.since.push_back(absl::Now());
  if (joined == nullptr) return Place::kFirst;
  ++joined_;
  return Place::kJoined;
}

void ForwardPasses::Start(const std::shared_ptr<Waiting>& waiting) {
  const absl::Status posted =
      device_.Post(Priority::kInteractive, [this, waiting] { Run(*waiting); });
  if (posted.ok()) return;
  for (const std::shared_ptr<PassMember>& refused : Close(*waiting)) refused->End(posted);
}

void ForwardPasses::Run(Waiting& waiting) {
  const Members members = Close(waiting);
  for (const absl::Time since : waiting.since) {
    environment_.on_phase(Phase::kQueue, absl::Now() - since);
  }
  ForwardPass pass(waiting.key, waiting.input, environment_);
  if (waiting.kind == InputKind::kLive) pass.BypassCache();
  pass.Run(members);
}

ForwardPasses::Members ForwardPasses::Close(Waiting& waiting) {
  absl::MutexLock lock(&mutex_);
  if (waiting.kind == InputKind::kRemembered) waiting_.erase(waiting.key);
  joined_ -= waiting.members.empty() ? 0 : waiting.members.size() - 1;
  return std::exchange(waiting.members, {});
}

void ForwardPasses::Forget(const Network& network) {
  environment_.cache.EraseIf(
      [&](const PassKey& key, const auto&) { return key.network.get() == &network; });
}

size_t ForwardPasses::joined() const {
  absl::MutexLock lock(&mutex_);
  return joined_;
}

}  // namespace deepvision
