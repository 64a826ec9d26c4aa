// How much of a device's memory is in use.
//
// Threading: plain function, callable from any thread; takes microseconds.
#ifndef DEEPVISION_CORE_DEVICE_DEVICE_MEMORY_H_
#define DEEPVISION_CORE_DEVICE_DEVICE_MEMORY_H_

#include <cstdint>

namespace deepvision {

// Of a CPU: bytes that the whole process has allocated, tensors being most of them.
uint64_t CpuMemoryInUse();

}  // namespace deepvision

#endif  // DEEPVISION_CORE_DEVICE_DEVICE_MEMORY_H_
