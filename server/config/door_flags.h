// The flags that say who may come in and who may look on; part of Flags.
#ifndef DEEPVISION_SERVER_CONFIG_DOOR_FLAGS_H_
#define DEEPVISION_SERVER_CONFIG_DOOR_FLAGS_H_

#include <string>

#include "absl/status/statusor.h"

namespace deepvision {

struct DoorFlags {
  std::string tls_cert;
  std::string tls_key;
  std::string tls_client_ca;
  std::string token_file;
  std::string admin_token_file;
  std::string admin_listen;
  std::string metrics_listen;
  bool insecure = false;
  bool channelz = false;
};

// After the command line was parsed. kInvalidArgument when flags do not go
// together.
absl::StatusOr<DoorFlags> ReadDoorFlags();

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONFIG_DOOR_FLAGS_H_
