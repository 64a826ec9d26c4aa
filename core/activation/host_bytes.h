// Bytes in host memory while they are being written; Freeze makes them an
// immutable HostBuffer without a copy.
//
//   HostBytes bytes(size, pool);    // not initialised
//   Fill(bytes.data(), bytes.size());
//   HostBuffer buffer = std::move(bytes).Freeze();
//
// Threading: belongs to one thread until frozen.
// Errors: the constructor throws std::bad_alloc; encoders run inside CallTorch
// (core/device/torch_status.h), which makes a Status of it.
#ifndef DEEPVISION_CORE_ACTIVATION_HOST_BYTES_H_
#define DEEPVISION_CORE_ACTIVATION_HOST_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "core/api/host_buffer.h"
#include "core/base/buffer_pool.h"

namespace deepvision {

class HostBytes {
 public:
  // Of `pool`, or of the allocator when it is null.
  explicit HostBytes(size_t size, BufferPool* pool = nullptr)
      : memory_(pool != nullptr ? pool->Take(size)
                                : std::make_shared_for_overwrite<uint8_t[]>(size)),
        size_(size) {}

  uint8_t* data() { return memory_.get(); }
  const uint8_t* data() const { return memory_.get(); }
  size_t size() const { return size_; }

  HostBuffer Freeze() && {
    const uint8_t* const data = memory_.get();
    return HostBuffer(data, size_, std::move(memory_));
  }

 private:
  std::shared_ptr<uint8_t[]> memory_;
  size_t size_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_HOST_BYTES_H_
