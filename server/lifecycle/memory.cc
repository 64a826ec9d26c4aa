#include "server/lifecycle/memory.h"

#include <malloc.h>

namespace deepvision {
namespace {

constexpr int kRetainedBytes = 512 << 20;
// The largest value that glibc accepts: larger blocks are mapped one by one.
constexpr int kLargestHeapBlock = 32 << 20;

// The heaps of other threads return their memory whatever the thresholds are.
constexpr int kHeaps = 1;

}  // namespace

void KeepFreedMemory() {
  mallopt(M_MMAP_THRESHOLD, kLargestHeapBlock);
  mallopt(M_TRIM_THRESHOLD, kRetainedBytes);
  mallopt(M_ARENA_MAX, kHeaps);
}

}  // namespace deepvision
