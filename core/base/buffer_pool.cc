#include "core/base/buffer_pool.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace deepvision {
namespace {

constexpr size_t kSmallest = 4096;

// The smallest class that holds `size`: four steps per power of two. A size so
// large that there is no class stays as it is, and the allocator refuses it.
size_t CapacityFor(size_t size) {
  if (size <= kSmallest) return kSmallest;
  const size_t step = std::bit_floor(size - 1) / 4;
  return size > SIZE_MAX - step ? size : (size + step - 1) / step * step;
}

}  // namespace

BufferPool::Block BufferPool::Take(size_t size) {
  const size_t capacity = CapacityFor(size);
  Memory memory = TakeFree(capacity);
  if (memory == nullptr) memory = std::make_unique_for_overwrite<uint8_t[]>(capacity);
  uint8_t* const data = memory.get();
  {
    absl::MutexLock lock(&mutex_);
    ++live_blocks_;
    live_bytes_ += capacity;
  }
  return Block(data, [pool = shared_from_this(), owned = std::move(memory).release(),
                      capacity](uint8_t*) { pool->Return(Memory(owned), capacity); });
}

BufferPool::Memory BufferPool::TakeFree(size_t capacity) {
  absl::MutexLock lock(&mutex_);
  const auto found = free_.find(capacity);
  if (found == free_.end() || found->second.empty()) return nullptr;
  Memory memory = std::move(found->second.back());
  found->second.pop_back();
  free_bytes_ -= capacity;
  return memory;
}

void BufferPool::Return(Memory memory, size_t capacity) {
  absl::MutexLock lock(&mutex_);
  --live_blocks_;
  live_bytes_ -= capacity;
  if (capacity > max_free_bytes_ - free_bytes_) return;  // `memory` outlives the lock
  free_[capacity].push_back(std::move(memory));
  free_bytes_ += capacity;
}

size_t BufferPool::live_blocks() const {
  absl::MutexLock lock(&mutex_);
  return live_blocks_;
}

size_t BufferPool::live_bytes() const {
  absl::MutexLock lock(&mutex_);
  return live_bytes_;
}

size_t BufferPool::free_bytes() const {
  absl::MutexLock lock(&mutex_);
  return free_bytes_;
}

}  // namespace deepvision
