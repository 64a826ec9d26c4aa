// The flags that say how much the server remembers and holds.
//
// Threading: as ParseFlags.
#ifndef DEEPVISION_SERVER_CONFIG_CACHE_FLAGS_H_
#define DEEPVISION_SERVER_CONFIG_CACHE_FLAGS_H_

#include <cstdint>

#include "absl/status/statusor.h"

namespace deepvision {

struct CacheFlags {
  uint64_t cache_bytes = 0;        // of layers of recent inputs
  uint64_t input_cache_bytes = 0;  // of recent inputs
  uint64_t max_upload_bytes = 0;
  uint64_t request_memory_bytes = 0;  // of layers that wait for their readers
};

// kInvalidArgument names the flag whose value is wrong. After the command line is
// parsed.
absl::StatusOr<CacheFlags> ReadCacheFlags();

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONFIG_CACHE_FLAGS_H_
