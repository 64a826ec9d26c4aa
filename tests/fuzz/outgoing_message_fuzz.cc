// Our own encoding of a stream's messages against protobuf's: the same bytes,
// no message above its limit, and an item that comes back whole.
#include <google/protobuf/stubs/logging.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "deepvision/v1/activation.pb.h"
#include "server/stream/outgoing_message.h"

namespace deepvision {
namespace {

using Response = v1::StreamActivationsResponse;

// The server's smallest limit is larger; this one cuts more often.
constexpr size_t kLeastLimit = 64;
constexpr size_t kLargestLimit = 70000;

void Require(bool condition) {
  if (!condition) std::abort();
}

std::string Flatten(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  Require(buffer.Dump(&slices).ok());
  std::string out;
  for (const grpc::Slice& slice : slices) {
    out.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return out;
}

// How an input begins; the rest is the layer's meta data.
struct Head {
  uint64_t byte_count;
  uint32_t crc32;
  uint32_t limit;
  uint32_t elements;
  uint32_t element_power;
};

// What came off the wire, put together again.
struct Received {
  Response begin, end;
  std::string data;
};

void Receive(const OutgoingMessage& message, size_t limit, size_t element_bytes, bool first,
             bool last, Received* all) {
  const auto counters = std::make_shared<BufferCounters>();
  const std::string wire = Flatten(ToByteBuffer(message, counters));
  Require(counters->buffers == 0 && counters->bytes == 0);
  Require(wire.size() == EncodedSize(message));
  Require(wire.size() <= limit);
  Response parsed;
  Require(parsed.ParseFromString(wire));
  Require(parsed.SerializeAsString() == wire);
  Require(last || parsed.data().size() % element_bytes == 0);
  Require(first || !parsed.has_layer());
  all->data += parsed.data();
  parsed.clear_data();
  if (last) all->end.mutable_end()->CopyFrom(parsed.end());
  if (first && parsed.has_layer()) *all->begin.mutable_layer() = parsed.layer();
}

}  // namespace
}  // namespace deepvision

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  google::protobuf::SetLogHandler(nullptr);  // it tells of every wrong string
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using deepvision::Response;
  deepvision::Head head;
  if (size < sizeof(head)) return 0;
  std::memcpy(&head, data, sizeof(head));
  const size_t element_bytes = size_t{1} << head.element_power % 3;
  const size_t limit =
      deepvision::kLeastLimit + head.limit % (deepvision::kLargestLimit - deepvision::kLeastLimit);
  const size_t elements = head.elements % 40000;
  std::string payload(elements * element_bytes, '\0');
  for (size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(i * 31 + i / 251);
  Response begin, end;
  end.mutable_end()->set_byte_count(head.byte_count);
  end.mutable_end()->set_crc32(head.crc32);
  const bool parsed = begin.mutable_layer()->ParseFromArray(data + sizeof(head),
                                                            static_cast<int>(size - sizeof(head)));
  if (!parsed) return 0;

  const std::string begin_bytes = begin.SerializeAsString();
  const auto messages = deepvision::CutIntoMessages(
      {begin_bytes, Response::kDataFieldNumber, deepvision::HostBuffer(std::string(payload)),
       element_bytes, end.SerializeAsString()},
      limit);
  if (!messages.ok()) {
    deepvision::Require(absl::IsResourceExhausted(messages.status()) && begin_bytes.size() > limit);
    return 0;
  }
  deepvision::Received all;
  for (size_t i = 0; i < messages->size(); ++i) {
    deepvision::Receive((*messages)[i], limit, element_bytes, i == 0, i + 1 == messages->size(),
                        &all);
  }
  deepvision::Require(all.data == payload);
  deepvision::Require(all.begin.SerializeAsString() == begin_bytes);
  deepvision::Require(all.end.SerializeAsString() == end.SerializeAsString());
  return 0;
}
