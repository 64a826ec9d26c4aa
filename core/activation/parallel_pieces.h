// Work on a layer that is done piece by piece, on the threads that compute the network
// (at::parallel_for): they wait for the next operator anyhow, and would fall asleep
// while one of them encodes. Results do not depend on the number of threads.
//
// Threading: as at::parallel_for; call from the thread that computes. `make` runs on
// several threads at once, each piece once, pieces of a call in order.
#ifndef DEEPVISION_CORE_ACTIVATION_PARALLEL_PIECES_H_
#define DEEPVISION_CORE_ACTIVATION_PARALLEL_PIECES_H_

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "core/activation/float_kernels.h"

namespace deepvision {

// Values that are scanned, coded and hashed together, while they are in the
// first-level cache.
inline constexpr int64_t kBlock = 16384;

constexpr int64_t BlockCount(int64_t values) { return (values + kBlock - 1) / kBlock; }
// How many runs of this many values are worth a thread, which costs microseconds.
constexpr int64_t RunsPerThread(int64_t length) { return 1 + 2 * kBlock / (length + 1); }

struct HashedBytes {
  uint32_t crc32 = 0;
  size_t size = 0;
};

// Continues `bytes` with those at `data`.
void Append(const void* data, size_t size, HashedBytes& bytes);

// Lets `make(begin, end)` make the pieces 0 … pieces - 1, some at a time, and returns
// the CRC-32 of all their bytes in order. At least `together` of them are worth a
// thread.
uint32_t HashPieces(int64_t pieces, int64_t together,
                    absl::FunctionRef<HashedBytes(int64_t begin, int64_t end)> make);

// ScanRange over `count` values.
FiniteRange ScanInParallel(const float* values, int64_t count);

// Continues `whole` with what was seen in `part`.
void Merge(const FiniteRange& part, FiniteRange& whole);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_PARALLEL_PIECES_H_
