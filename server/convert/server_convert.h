// ServerService's messages, and what every service says of the maker of a
// result.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_SERVER_CONVERT_SERVER_CONVERT_H_
#define DEEPVISION_SERVER_CONVERT_SERVER_CONVERT_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "core/api/engine.h"
#include "core/api/types.h"
#include "deepvision/v1/common.pb.h"
#include "deepvision/v1/server.pb.h"
#include "google/protobuf/duration.pb.h"

namespace deepvision {

// What a server says of itself beside its engine.
struct ServerDescription {
  std::string version;
  uint64_t max_request_bytes = 0;
  uint64_t max_message_bytes = 0;
  uint32_t max_layers_per_request = 0;
  uint32_t max_concurrent_streams = 0;
  absl::Duration max_call_duration;
  absl::Duration uptime;
};

v1::ProducedBy ToProto(const ProducedBy& produced_by);
google::protobuf::Duration ToProto(absl::Duration duration);
v1::GetServerInfoResponse ToProto(const ServerDescription& server, const EngineInfo& engine);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONVERT_SERVER_CONVERT_H_
