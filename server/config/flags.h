// The command line of deepvision_server as a plain struct.
//
// Threading: call ParseFlags once, at the start of main.
#ifndef DEEPVISION_SERVER_CONFIG_FLAGS_H_
#define DEEPVISION_SERVER_CONFIG_FLAGS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/config/cache_flags.h"
#include "server/config/door_flags.h"
#include "server/config/state_flags.h"

namespace deepvision {

struct Flags {
  std::string listen;
  std::vector<std::string> projects;  // folders; empty: "projects" if it is there
  std::vector<std::string> datasets;  // folders; empty: "datasets" if it is there
  std::string model;                  // a model file to open without a manifest
  std::string device;
  int threads = 0;
  int visualization_width = 0;  // 1, 4, 16, or 0
  uint64_t max_request_bytes = 0;
  uint32_t max_message_bytes = 0;
  uint64_t max_image_pixels = 0;
  uint32_t max_layers_per_request = 0;
  uint32_t max_queued_requests = 0;
  uint32_t max_concurrent_streams = 0;
  absl::Duration max_call_duration;
  absl::Duration load_timeout;
  absl::Duration stall_timeout;
  absl::Duration drain_timeout;
  std::string log_level;
  DoorFlags doors;
  CacheFlags caches;
  StateFlags state;
  bool healthcheck = false;
};

// An unknown flag, and --help and --version, end the process with a line that
// says why. kInvalidArgument names the flag whose value is wrong and says what
// to do. `version` is what --version prints.
absl::StatusOr<Flags> ParseFlags(int argc, char** argv, absl::string_view version);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONFIG_FLAGS_H_
