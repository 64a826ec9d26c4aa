#include "server/stream/outgoing_message.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/fault_point.h"

namespace deepvision {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

// Keeps a payload alive while gRPC holds its slice. gRPC destroys it on a
// thread and at a time of its own, so the destructor only counts and drops a
// reference.
class HeldBuffer {
 public:
  HeldBuffer(HostBuffer buffer, std::shared_ptr<BufferCounters> counters)
      : buffer_(std::move(buffer)), counters_(std::move(counters)) {
    counters_->buffers.fetch_add(1, std::memory_order_relaxed);
    counters_->bytes.fetch_add(static_cast<int64_t>(buffer_.size()), std::memory_order_relaxed);
  }
  ~HeldBuffer() {
    const auto bytes = static_cast<int64_t>(buffer_.size());
    buffer_ = HostBuffer();
    counters_->bytes.fetch_sub(bytes, std::memory_order_relaxed);
    counters_->buffers.fetch_sub(1, std::memory_order_release);
  }

 private:
  HostBuffer buffer_;
  std::shared_ptr<BufferCounters> counters_;
};

grpc::Slice PayloadSlice(const HostBuffer& payload, std::shared_ptr<BufferCounters> counters) {
  if (DV_FAULT_POINT_FAILS("leak_buffer")) new HeldBuffer(payload, counters);
  auto* held = new HeldBuffer(payload, std::move(counters));
  // gRPC's signature has no const; it never writes into a slice it was given.
  return grpc::Slice(
      const_cast<uint8_t*>(payload.data()), payload.size(),
      [](void* user_data) { delete static_cast<HeldBuffer*>(user_data); }, held);
}

// Tag and length of the payload's field.
std::string PayloadHeader(int field, size_t size) {
  std::array<uint8_t, 20> bytes;
  uint8_t* end = CodedOutputStream::WriteVarint32ToArray(
      WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED), bytes.data());
  end = CodedOutputStream::WriteVarint64ToArray(size, end);
  return std::string(bytes.data(), end);
}

size_t PayloadFieldSize(int field, size_t size) {
  return size == 0 ? 0 : PayloadHeader(field, size).size() + size;
}

// Most payload bytes, in whole elements, of a message that may spend `room` on
// tag, length and payload.
size_t PayloadThatFits(const OutgoingItem& item, size_t room) {
  const size_t header = PayloadHeader(item.data_field, room).size();
  const size_t bytes = room > header ? room - header : 0;
  return bytes - bytes % item.element_bytes;
}

absl::Status MetaDataTooLarge(size_t size, size_t limit) {
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat(
          "the meta data of an item needs ", size, " bytes, more than a message may have (", limit,
          "); raise max_message_bytes, or ask for fewer channels or no statistics")),
      "MESSAGE_TOO_SMALL", {{"needed_bytes", absl::StrCat(size)}});
}

}  // namespace

OutgoingMessage WholeMessage(const google::protobuf::MessageLite& message) {
  OutgoingMessage out;
  out.before = message.SerializeAsString();
  return out;
}

size_t EncodedSize(const OutgoingMessage& message) {
  return message.before.size() + PayloadFieldSize(message.data_field, message.payload.size()) +
         message.after.size();
}

grpc::ByteBuffer ToByteBuffer(const OutgoingMessage& message,
                              const std::shared_ptr<BufferCounters>& counters) {
  if (message.payload.empty()) {
    const grpc::Slice slice(message.before + message.after);
    return grpc::ByteBuffer(&slice, 1);
  }
  const std::string head =
      message.before + PayloadHeader(message.data_field, message.payload.size());
  const std::array<grpc::Slice, 3> slices = {
      grpc::Slice(head), PayloadSlice(message.payload, counters), grpc::Slice(message.after)};
  return grpc::ByteBuffer(slices.data(), message.after.empty() ? 2 : 3);
}

absl::StatusOr<std::vector<OutgoingMessage>> CutIntoMessages(OutgoingItem item,
                                                             size_t max_message_bytes) {
  if (item.begin.size() > max_message_bytes) {
    return MetaDataTooLarge(item.begin.size(), max_message_bytes);
  }
  std::vector<OutgoingMessage> messages;
  size_t offset = 0;
  OutgoingMessage message{std::move(item.begin), item.data_field, {}, {}};
  while (true) {
    const size_t rest = item.payload.size() - offset;
    const size_t whole =
        message.before.size() + PayloadFieldSize(item.data_field, rest) + item.end.size();
    if (whole <= max_message_bytes) break;
    const size_t room = max_message_bytes - message.before.size();
    const size_t bytes = std::min(rest, PayloadThatFits(item, room));
    message.payload = item.payload.Slice(offset, bytes);
    offset += bytes;
    messages.push_back(std::move(message));
    message = OutgoingMessage{{}, item.data_field, {}, {}};
  }
  message.payload = item.payload.Slice(offset, item.payload.size() - offset);
  message.after = std::move(item.end);
  messages.push_back(std::move(message));
  return messages;
}

}  // namespace deepvision
