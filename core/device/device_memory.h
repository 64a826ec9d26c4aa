// How much of a device's memory is in use, and giving back what is not.
//
// Threading: plain functions, callable from any thread.
#ifndef DEEPVISION_CORE_DEVICE_DEVICE_MEMORY_H_
#define DEEPVISION_CORE_DEVICE_DEVICE_MEMORY_H_

#include <cstdint>

namespace deepvision {

// Of a CPU: bytes that the whole process has allocated, tensors being most of them.
// Looks at every free block, while others wait for their allocations.
uint64_t CpuMemoryInUse();

// Gives the process's free memory, which it keeps for later (ADR 7), back to the
// operating system. Takes milliseconds, more for gigabytes; others wait meanwhile for
// their allocations.
void ReturnFreeCpuMemory();

}  // namespace deepvision

#endif  // DEEPVISION_CORE_DEVICE_DEVICE_MEMORY_H_
