// Shows absl::Mutex to the thread sanitizer. The distribution's Abseil is not
// instrumented, so without this every access under a mutex looks like a race.
// These definitions stand before the library's, tell the sanitizer, and call on.
//
// Linked into tests of the preset "tsan" only. Not covered, because nobody here
// uses them: reader locks and absl::CondVar.
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <cstdlib>
#include <string>

#include "absl/base/options.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace {

static_assert(ABSL_OPTION_USE_INLINE_NAMESPACE, "the mangled names below hold the namespace");
#define DEEPVISION_TEXT_OF(name) #name
#define DEEPVISION_TEXT(name) DEEPVISION_TEXT_OF(name)

// The library's own definition of a method of absl::Mutex, by the rest of its
// mangled name.
template <typename Method>
Method* Original(const std::string& method) {
  const std::string inner = DEEPVISION_TEXT(ABSL_OPTION_INLINE_NAMESPACE_NAME);
  const std::string mangled = "_ZN4absl" + std::to_string(inner.size()) + inner + "5Mutex" + method;
  void* symbol = dlsym(RTLD_NEXT, mangled.c_str());
  if (symbol == nullptr) std::abort();
  return reinterpret_cast<Method*>(symbol);
}

}  // namespace

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  static auto* const original = Original<void(Mutex*)>("4LockEv");
  __tsan_mutex_pre_lock(this, 0);
  original(this);
  __tsan_mutex_post_lock(this, 0, 0);
}

void Mutex::LockWhen(const Condition& condition) {
  static auto* const original =
      Original<void(Mutex*, const Condition&)>("8LockWhenERKNS0_9ConditionE");
  __tsan_mutex_pre_lock(this, 0);
  original(this, condition);
  __tsan_mutex_post_lock(this, 0, 0);
}

void Mutex::Unlock() {
  static auto* const original = Original<void(Mutex*)>("6UnlockEv");
  __tsan_mutex_pre_unlock(this, 0);
  original(this);
  __tsan_mutex_post_unlock(this, 0);
}

void Mutex::Await(const Condition& condition) {
  static auto* const original =
      Original<void(Mutex*, const Condition&)>("5AwaitERKNS0_9ConditionE");
  __tsan_mutex_pre_unlock(this, 0);
  __tsan_mutex_post_unlock(this, 0);
  __tsan_mutex_pre_lock(this, 0);
  original(this, condition);
  __tsan_mutex_post_lock(this, 0, 0);
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  static auto* const original = Original<bool(Mutex*, const Condition&, Time)>(
      "17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  __tsan_mutex_pre_unlock(this, 0);
  __tsan_mutex_post_unlock(this, 0);
  __tsan_mutex_pre_lock(this, 0);
  const bool holds = original(this, condition, deadline);
  __tsan_mutex_post_lock(this, 0, 0);
  return holds;
}

ABSL_NAMESPACE_END
}  // namespace absl
