// A cache that holds at most so many bytes and forgets what was used longest ago.
//
//   ByteLru<std::string, std::shared_ptr<const Picture>> pictures(256 << 20);
//   pictures.Put(name, picture, picture->bytes());
//   if (auto found = pictures.Find(name)) Show(**found);
//
// The caller says how many bytes a value has. One that alone is larger than the
// cache is not kept.
//
// Threading: thread-safe. Values are copied out and destroyed without the lock.
// Ownership: the cache owns its values; use std::shared_ptr for what is in use
// while it may be forgotten.
#ifndef DEEPVISION_CORE_BASE_BYTE_LRU_H_
#define DEEPVISION_CORE_BASE_BYTE_LRU_H_

#include <cstdint>
#include <iterator>
#include <list>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "core/api/statistics.h"

namespace deepvision {

template <typename Key, typename Value>
class ByteLru {
 public:
  explicit ByteLru(uint64_t capacity_bytes) : capacity_(capacity_bytes) {}

  // The value, which now is the last to be forgotten. Counts a hit or a miss.
  std::optional<Value> Find(const Key& key) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    std::optional<Value> found = Use(key);
    ++(found.has_value() ? hits_ : misses_);
    return found;
  }

  // The same without counting.
  std::optional<Value> Peek(const Key& key) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return Use(key);
  }

  // Keeps `value` instead of what had this key; false when it is too large.
  bool Put(const Key& key, Value value, uint64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_) {
    Entries forgotten;
    absl::MutexLock lock(&mutex_);
    if (const auto found = index_.find(key); found != index_.end()) {
      Forget(found->second, forgotten);
    }
    if (bytes > capacity_) return false;
    MakeRoomLocked(bytes, forgotten);
    entries_.push_front({key, std::move(value), bytes});
    index_[key] = entries_.begin();
    bytes_ += bytes;
    return true;
  }

  // Forgets until `bytes` more fit, so that their memory is free before they are
  // made; nothing when they never will.
  void MakeRoom(uint64_t bytes) ABSL_LOCKS_EXCLUDED(mutex_) {
    Entries forgotten;
    absl::MutexLock lock(&mutex_);
    if (bytes <= capacity_) MakeRoomLocked(bytes, forgotten);
  }

  // Forgets every entry for which `gone(key, value)`.
  template <typename Predicate>
  void EraseIf(Predicate gone) ABSL_LOCKS_EXCLUDED(mutex_) {
    Entries forgotten;
    absl::MutexLock lock(&mutex_);
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      const auto next = std::next(entry);
      if (gone(entry->key, entry->value)) Forget(entry, forgotten);
      entry = next;
    }
  }

  void Clear() ABSL_LOCKS_EXCLUDED(mutex_) {
    EraseIf([](const Key&, const Value&) { return true; });
  }

  uint64_t capacity_bytes() const { return capacity_; }

  CacheStatistics Statistics() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return {hits_, misses_, entries_.size(), bytes_, capacity_};
  }

 private:
  struct Entry {
    Key key;
    Value value;
    uint64_t bytes;
  };
  using Entries = std::list<Entry>;  // last used first

  std::optional<Value> Use(const Key& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->value;
  }

  // `forgotten` outlives the lock, and so do the values that go with it.
  void Forget(typename Entries::iterator entry, Entries& forgotten)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    bytes_ -= entry->bytes;
    index_.erase(entry->key);
    forgotten.splice(forgotten.end(), entries_, entry);
  }

  void MakeRoomLocked(uint64_t bytes, Entries& forgotten) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    while (bytes_ > capacity_ - bytes) Forget(std::prev(entries_.end()), forgotten);
  }

  const uint64_t capacity_;
  mutable absl::Mutex mutex_;
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Key, typename Entries::iterator> index_ ABSL_GUARDED_BY(mutex_);
  uint64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t hits_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t misses_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_BASE_BYTE_LRU_H_
