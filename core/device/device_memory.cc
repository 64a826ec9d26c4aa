#include "core/device/device_memory.h"

#include <malloc.h>

namespace deepvision {

uint64_t CpuMemoryInUse() {
  const struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;  // in arenas, and mapped for themselves
}

void ReturnFreeCpuMemory() { malloc_trim(0); }

}  // namespace deepvision
