// The doorkeeper of the services that gRPC brings along: reflection and channelz
// need the token that every other call needs. Health needs none: who watches
// over the server has no token, and learns only whether it serves.
//
// Threading: thread-safe.
#ifndef DEEPVISION_SERVER_LIFECYCLE_PLUGIN_GUARD_H_
#define DEEPVISION_SERVER_LIFECYCLE_PLUGIN_GUARD_H_

#include <grpcpp/support/server_interceptor.h>

#include <memory>

#include "server/auth/gatekeeper.h"

namespace deepvision {

// Calls of those services end as the gatekeeper says, with its text. Calls of
// others pass without cost. `gatekeeper` must outlive the server.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> MakePluginGuard(
    const Gatekeeper* gatekeeper, Door door);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_LIFECYCLE_PLUGIN_GUARD_H_
