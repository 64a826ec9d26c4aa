// Blocks of memory that encoders write and that are used again once the transport
// has let go of them: a stream at full speed takes no fresh pages of the system.
//
//   auto pool = std::make_shared<BufferPool>(64 << 20);
//   BufferPool::Block block = pool->Take(size);   // not initialised
//   Fill(block.get(), size);
//
// Blocks come in classes of size (an eighth to a quarter of a block is waste), a
// bounded number of bytes is kept for the next taker, and the rest goes back to
// the system.
//
// Threading: thread-safe; a block may be dropped on any thread, under any lock.
// Ownership: blocks share the pool, so it may be dropped first.
// Errors: Take throws std::bad_alloc.
#ifndef DEEPVISION_CORE_BASE_BUFFER_POOL_H_
#define DEEPVISION_CORE_BASE_BUFFER_POOL_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace deepvision {

class BufferPool : public std::enable_shared_from_this<BufferPool> {
 public:
  using Block = std::shared_ptr<uint8_t[]>;

  // Keeps at most `max_free_bytes` that nobody uses.
  explicit BufferPool(size_t max_free_bytes) : max_free_bytes_(max_free_bytes) {}
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  Block Take(size_t size);

  // Blocks that someone holds, and their bytes.
  size_t live_blocks() const;
  size_t live_bytes() const;
  size_t free_bytes() const;

 private:
  using Memory = std::unique_ptr<uint8_t[]>;

  Memory TakeFree(size_t capacity);
  void Return(Memory memory, size_t capacity);

  const size_t max_free_bytes_;
  mutable absl::Mutex mutex_;
  std::map<size_t, std::vector<Memory>> free_ ABSL_GUARDED_BY(mutex_);  // by capacity
  size_t free_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t live_blocks_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t live_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_BASE_BUFFER_POOL_H_
