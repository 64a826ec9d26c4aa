// Reads what ByteWriter wrote. After the first value that is not there (bytes are
// damaged, or of something else) everything read is empty and ok() is false.
//
// Threading: belongs to one thread.
// Ownership: blocks share the bytes.
#ifndef DEEPVISION_CORE_STORE_BYTE_READER_H_
#define DEEPVISION_CORE_STORE_BYTE_READER_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "core/api/host_buffer.h"
#include "core/store/byte_writer.h"

namespace deepvision {

class ByteReader {
 public:
  explicit ByteReader(HostBuffer bytes) : bytes_(std::move(bytes)) {}

  uint64_t Unsigned() {
    const HostBuffer bytes = Next(8);
    uint64_t value = 0;
    for (size_t i = 0; i < bytes.size(); ++i) value |= uint64_t{bytes.data()[i]} << (8 * i);
    return value;
  }
  int64_t Integer() { return static_cast<int64_t>(Unsigned()); }
  bool Flag() {
    const HostBuffer byte = Next(1);
    return !byte.empty() && byte.data()[0] != 0;
  }
  double Real() { return std::bit_cast<double>(Unsigned()); }
  std::string Text() {
    const HostBuffer text = Next(Unsigned());
    return std::string(reinterpret_cast<const char*>(text.data()), text.size());
  }
  HostBuffer Block() {
    const uint64_t size = Unsigned();
    constexpr size_t kStep = ByteWriter::kAlignment;
    Next((kStep - offset_ % kStep) % kStep);
    return Next(size);
  }

  bool ok() const { return ok_; }
  bool AtEnd() const { return offset_ == bytes_.size(); }

 private:
  HostBuffer Next(uint64_t size) {
    ok_ = ok_ && size <= bytes_.size() - offset_;
    if (!ok_) return {};
    const HostBuffer next = bytes_.Slice(offset_, size);
    offset_ += size;
    return next;
  }

  const HostBuffer bytes_;
  size_t offset_ = 0;
  bool ok_ = true;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_STORE_BYTE_READER_H_
