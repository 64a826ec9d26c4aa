// One message of a stream whose payload is not copied: serialized fields before
// the payload, the payload itself as a `bytes` field, serialized fields after
// it. The bytes on the wire are exactly what SerializeAsString would give.
//
// Threading: plain functions on values.
// Ownership: a message holds its payload's buffer; the ByteBuffer made of it
// holds it on until gRPC has sent or dropped the slice.
#ifndef DEEPVISION_SERVER_STREAM_OUTGOING_MESSAGE_H_
#define DEEPVISION_SERVER_STREAM_OUTGOING_MESSAGE_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/api/host_buffer.h"

namespace deepvision {

// Buffers that gRPC holds: both return to zero when no stream is alive.
struct BufferCounters {
  std::atomic<int64_t> buffers{0};
  std::atomic<int64_t> bytes{0};
};

struct OutgoingMessage {
  std::string before;  // serialized fields below `data_field`
  int data_field = 0;  // 0: no payload
  HostBuffer payload;  // empty: the field is left out, as proto3 does
  std::string after;   // serialized fields above `data_field`
};

// A message without a payload.
OutgoingMessage WholeMessage(const google::protobuf::MessageLite& message);

// Bytes on the wire, without gRPC's frame.
size_t EncodedSize(const OutgoingMessage& message);

// The message as slices; that of the payload points into its HostBuffer.
grpc::ByteBuffer ToByteBuffer(const OutgoingMessage& message,
                              const std::shared_ptr<BufferCounters>& counters);

// A layer, a picture, a tensor: what begins it, its bytes, what ends it.
struct OutgoingItem {
  std::string begin;  // serialized message that holds only the item's meta data
  int data_field = 0;
  HostBuffer payload;
  size_t element_bytes = 1;
  std::string end;  // serialized message that holds only the item's ItemEnd
};

// One message when the item fits into `max_message_bytes`; else several, none
// larger, none splitting an element. kResourceExhausted when the meta data alone
// does not fit.
absl::StatusOr<std::vector<OutgoingMessage>> CutIntoMessages(OutgoingItem item,
                                                             size_t max_message_bytes);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_STREAM_OUTGOING_MESSAGE_H_
