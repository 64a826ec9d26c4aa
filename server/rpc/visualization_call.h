// One call of WatchVisualization or StreamVisualization: a reactor that leaves its
// watch, and gives back its ticket, the moment the client has gone.
#ifndef DEEPVISION_SERVER_RPC_VISUALIZATION_CALL_H_
#define DEEPVISION_SERVER_RPC_VISUALIZATION_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>

#include "server/rpc/service_context.h"
#include "server/stream/stream_writer.h"

namespace deepvision {

// What to return to gRPC. `service` must outlive the call; its engine offers
// visualizations.
StreamReactor* ServeWatchVisualization(const ServiceContext& service,
                                       grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer& request);
StreamReactor* ServeStreamVisualization(const ServiceContext& service,
                                        grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer& request);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_RPC_VISUALIZATION_CALL_H_
