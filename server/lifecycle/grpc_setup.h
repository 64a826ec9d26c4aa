// gRPC as we run it: its plugins, and the limits of connections.
//
// Threading: before the server that is built with it starts.
#ifndef DEEPVISION_SERVER_LIFECYCLE_GRPC_SETUP_H_
#define DEEPVISION_SERVER_LIFECYCLE_GRPC_SETUP_H_

#include <grpcpp/server_builder.h>

#include <cstdint>

namespace deepvision {

struct ConnectionLimits {
  uint64_t max_request_bytes = uint64_t{16} << 20;
  uint32_t max_concurrent_streams = 100;  // calls of one connection at a time
};

// Health and reflection for every server of this process that is built after it,
// and channelz (descriptions of channels and sockets) if asked for. gRPC keeps
// its plugins for good: a second call adds only what is missing.
void RegisterPlugins(bool channelz);

// Also the times that find dead clients, and how often clients may ping.
void SetConnectionLimits(const ConnectionLimits& limits, grpc::ServerBuilder* builder);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_LIFECYCLE_GRPC_SETUP_H_
