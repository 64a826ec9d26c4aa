// How many bytes of the heap are in use: a claim about leaks that, unlike the
// resident set, does not depend on what the allocator keeps for later.
#ifndef DEEPVISION_TESTS_SUPPORT_HEAP_H_
#define DEEPVISION_TESTS_SUPPORT_HEAP_H_

#include <malloc.h>

#include <cstdint>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DEEPVISION_SANITIZER_HEAP 1
extern "C" size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace deepvision {

// Of the whole process, by all threads. Under a sanitizer the quarantine of
// freed blocks does not count.
inline int64_t HeapBytesInUse() {
#ifdef DEEPVISION_SANITIZER_HEAP
  return static_cast<int64_t>(__sanitizer_get_current_allocated_bytes());
#else
  const struct mallinfo2 info = mallinfo2();
  return static_cast<int64_t>(info.uordblks + info.hblkhd);
#endif
}

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_HEAP_H_
