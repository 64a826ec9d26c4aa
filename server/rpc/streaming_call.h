// The frame of every server-streaming call: make a writer, parse, hand over, and
// let an error end the stream.
//
// Threading: runs on a thread of gRPC and must not block.
#ifndef DEEPVISION_SERVER_RPC_STREAMING_CALL_H_
#define DEEPVISION_SERVER_RPC_STREAMING_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/api/error.h"
#include "core/base/fault_point.h"
#include "core/base/status_macros.h"
#include "server/rpc/admission.h"
#include "server/rpc/service_context.h"
#include "server/stream/stream_writer.h"

namespace deepvision {

template <typename Request>
absl::StatusOr<Request> ParseRequest(const grpc::ByteBuffer& bytes) {
  Request request;
  grpc::ByteBuffer copy(bytes);  // of references; reading consumes it
  grpc::ProtoBufferReader reader(&copy);
  if (request.ParseFromZeroCopyStream(&reader)) return request;
  return WithReason(absl::InvalidArgumentError(
                        absl::StrCat("the request is no ", Request::descriptor()->full_name(),
                                     "; use a client that is made from this server's protos, and "
                                     "UTF-8 in every string")),
                    "MALFORMED_REQUEST");
}

// `handler(Request&&, std::shared_ptr<StreamWriter>)` returns OK when it has
// taken over the writer; an error ends the call.
template <typename Request, typename Handler>
StreamReactor* ServeStream(const ServiceContext& service, grpc::CallbackServerContext* context,
                           absl::string_view method, const grpc::ByteBuffer& bytes,
                           Handler handler) {
  std::unique_ptr<Call> call = service.calls->Begin(method, context->peer());
  const absl::Status admitted = Admit(service, *context, Door::kService, call.get());
  const std::shared_ptr<StreamWriter> writer =
      StreamWriter::Start(context, std::move(call), service.stream, service.buffers);
  const absl::Status status = [&]() -> absl::Status {
    DV_RETURN_IF_ERROR(admitted);
    DV_ASSIGN_OR_RETURN(Request request, ParseRequest<Request>(bytes));
    DV_FAULT_POINT("after_parse");
    return handler(std::move(request), writer);
  }();
  if (!status.ok()) writer->Finish(status);
  return writer->reactor();
}

// The limit of one stream's messages: what the client asks for, else the
// server's.
inline size_t MessageLimit(const ServiceContext& service, uint32_t asked) {
  return asked == 0 ? service.max_message_bytes : asked;
}

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_RPC_STREAMING_CALL_H_
