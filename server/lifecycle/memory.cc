#include "server/lifecycle/memory.h"

#include <malloc.h>

namespace deepvision {
namespace {

constexpr int kRetainedBytes = 512 << 20;
// The largest value that glibc accepts: larger blocks are mapped one by one.
constexpr int kLargestHeapBlock = 32 << 20;

}  // namespace

void KeepFreedMemory() {
  mallopt(M_MMAP_THRESHOLD, kLargestHeapBlock);
  mallopt(M_TRIM_THRESHOLD, kRetainedBytes);
}

}  // namespace deepvision
