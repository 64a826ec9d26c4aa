// How the process asks the system for memory; see docs/adr/0007.
//
// Threading: call once, before other threads and before the first tensor.
#ifndef DEEPVISION_SERVER_LIFECYCLE_MEMORY_H_
#define DEEPVISION_SERVER_LIFECYCLE_MEMORY_H_

namespace deepvision {

// Keeps freed memory for the next request instead of returning it to the system
// after each: a forward pass that keeps every layer then costs no page faults.
// Up to 512 MiB of free memory stay with the process.
void KeepFreedMemory();

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_LIFECYCLE_MEMORY_H_
