// The flags that say what the server keeps on disk.
//
// Threading: as ParseFlags.
#ifndef DEEPVISION_SERVER_CONFIG_STATE_FLAGS_H_
#define DEEPVISION_SERVER_CONFIG_STATE_FLAGS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace deepvision {

struct StateFlags {
  std::string state_dir;  // empty: results of visualizations are kept in memory
  uint64_t state_bytes = 0;
};

// kInvalidArgument names the flag whose value is wrong. After the command line is
// parsed.
absl::StatusOr<StateFlags> ReadStateFlags();

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONFIG_STATE_FLAGS_H_
