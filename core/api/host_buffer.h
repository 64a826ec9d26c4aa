// Immutable bytes in host memory, with whatever keeps them alive.
//
// A HostBuffer goes from an encoder to the wire without a copy: the transport
// holds a copy of the HostBuffer (a pointer, a size and a reference count)
// until the socket has taken the bytes.
//
// Threading: the bytes never change after construction; any thread may read
// them and any thread may drop the last reference.
#ifndef DEEPVISION_CORE_API_HOST_BUFFER_H_
#define DEEPVISION_CORE_API_HOST_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace deepvision {

class HostBuffer {
 public:
  HostBuffer() = default;

  // Bytes that `owner` keeps alive.
  HostBuffer(const void* data, size_t size, std::shared_ptr<const void> owner)
      : data_(static_cast<const uint8_t*>(data)), size_(size), owner_(std::move(owner)) {}

  // Takes over the bytes; nothing is copied.
  explicit HostBuffer(std::vector<uint8_t> bytes)
      : HostBuffer(std::make_shared<const std::vector<uint8_t>>(std::move(bytes))) {}
  explicit HostBuffer(std::string bytes)
      : HostBuffer(std::make_shared<const std::string>(std::move(bytes))) {}

  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // What keeps the bytes alive.
  const std::shared_ptr<const void>& owner() const { return owner_; }

  // The same bytes from `offset`, `size` long; shares the owner.
  HostBuffer Slice(size_t offset, size_t size) const {
    return HostBuffer(data_ + offset, size, owner_);
  }

 private:
  template <typename Container>
  explicit HostBuffer(std::shared_ptr<const Container> container)
      : data_(reinterpret_cast<const uint8_t*>(container->data())),
        size_(container->size()),
        owner_(std::move(container)) {}

  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
  std::shared_ptr<const void> owner_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_HOST_BUFFER_H_
