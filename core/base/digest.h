// SHA-256 of bytes and files, and CRC-32 with zlib's polynomial.
//
// Threading: a Sha256 belongs to one thread; the functions are thread-safe.
#ifndef DEEPVISION_CORE_BASE_DIGEST_H_
#define DEEPVISION_CORE_BASE_DIGEST_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace deepvision {

// Hashes bytes in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Update(const void* data, size_t size);
  void Update(absl::string_view bytes) { Update(bytes.data(), bytes.size()); }

  // 64 lower-case hexadecimal digits. Call once, last.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The digest of a whole file. Blocks. kNotFound when it cannot be opened,
// kDataLoss when reading fails; the texts do not hold the path.
absl::StatusOr<std::string> Sha256OfFile(const std::string& path);

// CRC-32 of `size` bytes, continuing from `crc` (0 to begin): the value of
// Python's zlib.crc32.
uint32_t Crc32(const void* data, size_t size, uint32_t crc = 0);

// CRC-32 of two pieces, one after the other, of which the second has `second_size`
// bytes.
uint32_t CombineCrc32(uint32_t first, uint32_t second, size_t second_size);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_BASE_DIGEST_H_
