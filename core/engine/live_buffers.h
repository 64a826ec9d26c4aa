// Counts the encoded buffers that someone holds.
//
// Threading: thread-safe.
// Ownership: counted buffers share the counter.
#ifndef DEEPVISION_CORE_ENGINE_LIVE_BUFFERS_H_
#define DEEPVISION_CORE_ENGINE_LIVE_BUFFERS_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "core/api/host_buffer.h"

namespace deepvision {

class LiveBuffers : public std::enable_shared_from_this<LiveBuffers> {
 public:
  // The same bytes, counted until the last holder drops them.
  HostBuffer Count(const HostBuffer& buffer) {
    auto token = std::make_shared<const Token>(shared_from_this(), buffer);
    return HostBuffer(buffer.data(), buffer.size(), std::move(token));
  }

  uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  struct Token {
    Token(std::shared_ptr<LiveBuffers> counter, const HostBuffer& held)
        : buffers(std::move(counter)), buffer(held) {
      buffers->count_.fetch_add(1, std::memory_order_relaxed);
      buffers->bytes_.fetch_add(buffer.size(), std::memory_order_relaxed);
    }
    ~Token() {
      buffers->count_.fetch_sub(1, std::memory_order_relaxed);
      buffers->bytes_.fetch_sub(buffer.size(), std::memory_order_relaxed);
    }
    Token(const Token&) = delete;
    Token& operator=(const Token&) = delete;
    const std::shared_ptr<LiveBuffers> buffers;
    const HostBuffer buffer;
  };

  std::atomic<uint64_t> count_{0};
  std::atomic<uint64_t> bytes_{0};
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_LIVE_BUFFERS_H_
