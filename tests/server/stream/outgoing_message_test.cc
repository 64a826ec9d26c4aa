#include "server/stream/outgoing_message.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/api/error.h"
#include "deepvision/v1/activation.pb.h"
#include "deepvision/v1/dataset.pb.h"
#include "deepvision/v1/network.pb.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

const auto kCounters = std::make_shared<BufferCounters>();

std::string Flatten(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  REQUIRE(buffer.Dump(&slices).ok());
  std::string out;
  for (const grpc::Slice& slice : slices) {
    out.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return out;
}

std::string RandomBytes(std::mt19937* random, size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>((*random)());
  return bytes;
}

// Sizes around the places where a varint grows.
size_t RandomSize(std::mt19937* random) {
  static const size_t kSizes[] = {0,     1,     2,     126,     127,     128,    129,
                                  16382, 16383, 16384, 2097150, 2097151, 2097152};
  const size_t pick = (*random)() % 20;
  return pick < std::size(kSizes) ? kSizes[pick] : (*random)() % 5000;
}

v1::ActivationLayer RandomLayer(std::mt19937* random) {
  std::mt19937& r = *random;
  v1::ActivationLayer layer;
  if (r() % 2) layer.set_id(std::string(r() % 200, 'x'));
  if (r() % 2) layer.set_node_index(r() % 3 == 0 ? 0 : r());
  if (r() % 2) layer.set_kind(v1::DATA_KIND_FEATURE_MAP);
  for (unsigned i = r() % 4; i > 0; --i) layer.add_shape(r() % 3 == 0 ? 0 : r());
  if (r() % 2) layer.mutable_quantization()->add_minimum(-1.5F);
  for (unsigned i = r() % 40; i > 0; --i) layer.add_statistics()->set_mean(0.25F);
  if (r() % 2) layer.set_byte_count((uint64_t{r()} << 32) | r());
  if (r() % 2) layer.set_nan_count(r() % 2 ? 127 : 128);
  return layer;
}

TEST_CASE("a message written by hand is byte for byte what protobuf writes", "[server][stream]") {
  std::mt19937 random(7);
  for (int round = 0; round < 400; ++round) {
    v1::StreamActivationsResponse before, after, whole;
    if (random() % 3) *before.mutable_layer() = RandomLayer(&random);
    if (random() % 3) {
      after.mutable_end()->set_byte_count(random() % 3 ? random() : 0);
      after.mutable_end()->set_crc32(random() % 3 ? random() : 0);
    }
    const std::string data = RandomBytes(&random, RandomSize(&random));
    whole.MergeFrom(before);
    whole.MergeFrom(after);
    whole.set_data(data);
    const OutgoingMessage message{before.SerializeAsString(),
                                  v1::StreamActivationsResponse::kDataFieldNumber, HostBuffer(data),
                                  after.SerializeAsString()};
    const std::string flat = Flatten(ToByteBuffer(message, kCounters));
    const bool equal = flat == whole.SerializeAsString();
    REQUIRE(equal);
    REQUIRE(EncodedSize(message) == flat.size());
  }
}

// What a client puts together from the messages of one item.
struct Received {
  int messages = 0;
  size_t largest = 0;
  std::string data;
  std::vector<size_t> chunks;
  v1::StreamWeightsResponse merged;  // without data
};

Received Receive(const std::vector<OutgoingMessage>& messages) {
  Received out;
  for (const OutgoingMessage& message : messages) {
    const std::string flat = Flatten(ToByteBuffer(message, kCounters));
    v1::StreamWeightsResponse parsed;
    REQUIRE(parsed.ParseFromString(flat));
    ++out.messages;
    out.largest = std::max(out.largest, flat.size());
    out.chunks.push_back(parsed.data().size());
    out.data += parsed.data();
    parsed.clear_data();
    out.merged.MergeFrom(parsed);
  }
  return out;
}

OutgoingItem MakeItem(const std::string& data, size_t element_bytes, size_t name_bytes = 20) {
  v1::StreamWeightsResponse begin, end;
  begin.mutable_tensor()->set_name(std::string(name_bytes, 'n'));
  end.mutable_end()->set_byte_count(data.size());
  end.mutable_end()->set_crc32(0xFFFFFFFF);
  return {begin.SerializeAsString(), v1::StreamWeightsResponse::kDataFieldNumber, HostBuffer(data),
          element_bytes, end.SerializeAsString()};
}

TEST_CASE("an item of any size arrives whole in messages below the limit", "[server][stream]") {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    const size_t element = size_t{1} << (random() % 3);
    const size_t limit = 200 + random() % 400;
    const std::string data = RandomBytes(&random, random() % 3000 / element * element);
    const auto messages = CutIntoMessages(MakeItem(data, element, random() % 180), limit);
    REQUIRE_OK(messages);
    const Received received = Receive(*messages);
    REQUIRE(received.largest <= limit);
    REQUIRE(received.data == data);
    REQUIRE(received.merged.end().byte_count() == data.size());
    for (size_t chunk : received.chunks) REQUIRE(chunk % element == 0);
  }
}

TEST_CASE("an item that just fits is one message, and one byte more makes two",
          "[server][stream]") {
  const std::string data(1000, 'd');
  const size_t size = Receive(*CutIntoMessages(MakeItem(data, 1), 1 << 20)).largest;
  CHECK(Receive(*CutIntoMessages(MakeItem(data, 1), size)).messages == 1);
  CHECK(Receive(*CutIntoMessages(MakeItem(data, 1), size - 1)).messages == 2);
}

TEST_CASE("an item without bytes is one message without data", "[server][stream]") {
  const Received received = Receive(*CutIntoMessages(MakeItem("", 4), 1 << 20));
  CHECK(received.messages == 1);
  CHECK(received.merged.has_tensor());
  CHECK(received.merged.has_end());
}

TEST_CASE("meta data beyond the limit is refused with what to do", "[server][stream]") {
  const auto messages = CutIntoMessages(MakeItem("abc", 1, 2000), 1000);
  CHECK_STATUS(messages, absl::StatusCode::kResourceExhausted, "max_message_bytes");
  CHECK(GetErrorDetails(messages.status()).reason == "MESSAGE_TOO_SMALL");
}

TEST_CASE("payload bytes are not copied and live until the last slice goes", "[server][stream]") {
  const auto counters = std::make_shared<BufferCounters>();
  auto owner = std::make_shared<const std::string>(100000, 'p');
  const std::weak_ptr<const std::string> alive = owner;
  const char* address = owner->data();
  OutgoingMessage message{"", 2, HostBuffer(owner->data(), owner->size(), owner), ""};
  owner.reset();
  grpc::ByteBuffer buffer = ToByteBuffer(message, counters);
  message = OutgoingMessage();
  std::vector<grpc::Slice> slices;
  REQUIRE(buffer.Dump(&slices).ok());
  REQUIRE(slices.size() == 2);
  CHECK(reinterpret_cast<const char*>(slices[1].begin()) == address);
  CHECK(counters->buffers.load() == 1);
  CHECK(counters->bytes.load() == 100000);
  slices.clear();
  CHECK_FALSE(alive.expired());
  buffer.Clear();
  CHECK(alive.expired());
  CHECK(counters->buffers.load() == 0);
  CHECK(counters->bytes.load() == 0);
}

}  // namespace
}  // namespace deepvision
