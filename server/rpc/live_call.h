// One LiveActivations call: reads messages for a LiveSession and writes what it
// makes.
//
// Reading never waits for the session: frames that come faster than they are
// computed replace each other there. One message is in memory while it is read.
#ifndef DEEPVISION_SERVER_RPC_LIVE_CALL_H_
#define DEEPVISION_SERVER_RPC_LIVE_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "server/rpc/service_context.h"

namespace deepvision {

using LiveReactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

// What to return to gRPC. `service` must outlive the call.
LiveReactor* ServeLive(const ServiceContext& service, grpc::CallbackServerContext* context);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_RPC_LIVE_CALL_H_
