// What stands before every call of ours: the drain, then the doorkeeper.
//
// Threading: thread-safe.
#ifndef DEEPVISION_SERVER_RPC_ADMISSION_H_
#define DEEPVISION_SERVER_RPC_ADMISSION_H_

#include <grpcpp/server_context.h>

#include "absl/status/status.h"
#include "server/auth/gatekeeper.h"
#include "server/call/call_tracker.h"
#include "server/rpc/service_context.h"

namespace deepvision {

// OK when the call may go on; else what to end it with: StoppingError, or what
// Gatekeeper::Check says. Notes in `call` who calls, and the client's own id of
// the call: the metadata "x-request-id" (up to 64 letters, digits and . _ -), else
// the trace id of "traceparent" (W3C Trace Context); anything else is ignored.
absl::Status Admit(const ServiceContext& service, const grpc::CallbackServerContext& context,
                   Door door, Call* call);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_RPC_ADMISSION_H_
