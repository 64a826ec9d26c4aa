#include "core/base/fault_point.h"

#include <atomic>
#include <cstdlib>
#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace deepvision {
namespace {

using Action = std::function<absl::Status()>;

// The one of a process; only test builds have it.
class Registry {
 public:
  static Registry& Get() {
    static auto* const registry = new Registry();
    return *registry;
  }

  void Set(const std::string& name, Action action) {
    absl::MutexLock lock(&mutex_);
    actions_[name] = std::move(action);
    count_.store(actions_.size());
  }

  void Clear(const std::string& name) {
    absl::MutexLock lock(&mutex_);
    actions_.erase(name);
    count_.store(actions_.size());
  }

  Action Find(const char* name) {
    if (count_.load(std::memory_order_relaxed) == 0) return nullptr;
    absl::MutexLock lock(&mutex_);
    const auto found = actions_.find(name);
    return found == actions_.end() ? nullptr : found->second;
  }

 private:
  Registry() {
    const char* names = std::getenv("DEEPVISION_FAULTS");
    if (names == nullptr) return;
    for (absl::string_view name : absl::StrSplit(names, ',', absl::SkipEmpty())) {
      Set(std::string(name), [] { return absl::InternalError("a fault that a test asked for"); });
    }
  }

  std::atomic<size_t> count_ = 0;
  absl::Mutex mutex_;
  std::map<std::string, Action> actions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::Status ReachFaultPoint(const char* name) {
  const Action action = Registry::Get().Find(name);
  return action ? action() : absl::OkStatus();
}

ScopedFault::ScopedFault(std::string name, Action action) : name_(std::move(name)) {
  Registry::Get().Set(name_, std::move(action));
}

ScopedFault::~ScopedFault() { Registry::Get().Clear(name_); }

}  // namespace deepvision
