#include "core/activation/parallel_pieces.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "core/base/digest.h"

namespace deepvision {
namespace {

struct Part {
  int64_t begin = 0;
  HashedBytes bytes;
};

}  // namespace

void Append(const void* data, size_t size, HashedBytes& bytes) {
  bytes.crc32 = Crc32(data, size, bytes.crc32);
  bytes.size += size;
}

uint32_t HashPieces(int64_t pieces, int64_t together,
                    absl::FunctionRef<HashedBytes(int64_t begin, int64_t end)> make) {
  absl::Mutex mutex;
  std::vector<Part> parts;
  at::parallel_for(0, pieces, together, [&](int64_t begin, int64_t end) {
    const Part part{begin, make(begin, end)};
    absl::MutexLock lock(&mutex);
    parts.push_back(part);
  });
  std::sort(parts.begin(), parts.end(),
            [](const Part& a, const Part& b) { return a.begin < b.begin; });
  uint32_t crc32 = 0;
  for (const Part& part : parts) {
    crc32 =
        part.begin == 0 ? part.bytes.crc32 : CombineCrc32(crc32, part.bytes.crc32, part.bytes.size);
  }
  return crc32;
}

FiniteRange ScanInParallel(const float* values, int64_t count) {
  absl::Mutex mutex;
  FiniteRange seen;
  at::parallel_for(0, count, 2 * kBlock, [&](int64_t begin, int64_t end) {
    FiniteRange part;
    ScanRange(values + begin, static_cast<size_t>(end - begin), part);
    absl::MutexLock lock(&mutex);
    Merge(part, seen);
  });
  return seen;
}

void Merge(const FiniteRange& part, FiniteRange& whole) {
  whole.minimum = std::min(whole.minimum, part.minimum);
  whole.maximum = std::max(whole.maximum, part.maximum);
  whole.nan_count += part.nan_count;
  whole.infinite_count += part.infinite_count;
}

}  // namespace deepvision
