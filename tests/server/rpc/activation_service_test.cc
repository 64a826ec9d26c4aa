#include <cstring>
#include <string>
#include <vector>

#include "core/base/digest.h"
#include "deepvision/v1/activation.grpc.pb.h"
#include "tests/support/catch.h"
#include "tests/support/fake_network.h"
#include "tests/support/loopback_server.h"

namespace deepvision {
namespace {

using Service = v1::ActivationService;

v1::StreamActivationsRequest MakeRequest(const std::string& network,
                                         std::vector<std::string> patterns = {}) {
  v1::StreamActivationsRequest request;
  request.set_network(network);
  request.mutable_input()->set_zeros(true);
  for (const std::string& pattern : patterns) request.add_layers()->set_pattern(pattern);
  return request;
}

// A whole stream, checked for its order as it comes.
struct Received {
  grpc::Status status;
  v1::ActivationHeader header;
  std::vector<v1::ActivationLayer> layers;
  std::vector<std::string> data;
  std::vector<int> messages;  // per layer
  std::optional<v1::Prediction> prediction;
  std::optional<v1::StreamTrailer> trailer;
  size_t largest_message = 0;
};

void TakeMessage(const v1::StreamActivationsResponse& message, Received* out) {
  out->largest_message = std::max(out->largest_message, message.ByteSizeLong());
  REQUIRE_FALSE(out->trailer);
  if (message.has_header()) out->header = message.header();
  if (message.has_layer()) {
    out->layers.push_back(message.layer());
    out->data.emplace_back();
    out->messages.push_back(0);
  }
  if (!message.data().empty()) out->data.back() += message.data();
  if (message.has_layer() || !message.data().empty() || message.has_end()) ++out->messages.back();
  if (message.has_end()) {
    REQUIRE(message.end().byte_count() == out->data.back().size());
    REQUIRE(message.end().crc32() == Crc32(out->data.back().data(), out->data.back().size()));
  }
  if (message.has_prediction()) out->prediction = message.prediction();
  if (message.has_trailer()) out->trailer = message.trailer();
}

Received Stream(const LoopbackServer& server, const v1::StreamActivationsRequest& request) {
  Received out;
  const auto context = MakeContext();
  const auto stub = server.Stub<Service>();
  const auto reader = stub->StreamActivations(context.get(), request);
  v1::StreamActivationsResponse message;
  while (reader->Read(&message)) TakeMessage(message, &out);
  out.status = reader->Finish();
  return out;
}

TEST_CASE("a stream holds every layer in order, checked by its CRC, and a true trailer",
          "[server][rpc]") {
  LoopbackServer server;
  v1::StreamActivationsRequest request = MakeRequest("tiny_resnet");
  request.mutable_include()->set_prediction(true);
  const Received received = Stream(server, request);
  REQUIRE(received.status.ok());
  REQUIRE(received.trailer);
  CHECK(received.trailer->item_count() == received.layers.size());
  CHECK(static_cast<size_t>(received.header.layers_size()) == received.layers.size());
  uint64_t bytes = 0;
  for (size_t i = 0; i < received.layers.size(); ++i) {
    CHECK(received.layers[i].id() == received.header.layers(static_cast<int>(i)).id());
    CHECK(received.layers[i].byte_count() == received.data[i].size());
    bytes += received.data[i].size();
  }
  CHECK(received.trailer->byte_count() == bytes);
  REQUIRE(received.prediction);
  CHECK(received.prediction->classes_size() == 10);
}

TEST_CASE("the values of a layer arrive as the engine gave them", "[server][rpc]") {
  LoopbackServer server;
  const Received received = Stream(server, MakeRequest("tiny_resnet", {"fc"}));
  REQUIRE(received.data.size() == 1);
  REQUIRE(received.data[0].size() == 40);
  const TopologyNode node = [] {
    for (TopologyNode& candidate : MakeFakeTopology(false).nodes) {
      if (candidate.id == "fc") return candidate;
    }
    return TopologyNode();
  }();
  // The engine salts its numbers with the input; its statistics tell them apart.
  v1::StreamActivationsRequest request = MakeRequest("tiny_resnet", {"fc"});
  request.mutable_include()->set_statistics(true);
  const Received again = Stream(server, request);
  REQUIRE(again.layers[0].statistics_size() == 10);
  for (int i = 0; i < 10; ++i) {
    float value = 0;
    std::memcpy(&value, received.data[0].data() + 4 * i, 4);
    CHECK(value == again.layers[0].statistics(i).mean());
  }
  CHECK(static_cast<int64_t>(received.layers[0].shape(0)) == node.shape[0]);
}

TEST_CASE("a small layer is one message and a large one is cut at the limit", "[server][rpc]") {
  LoopbackServer server;
  for (int count : Stream(server, MakeRequest("tiny_resnet")).messages) CHECK(count == 1);
  v1::StreamActivationsRequest request = MakeRequest("wide", {"conv"});
  const Received large = Stream(server, request);
  CHECK(large.largest_message <= size_t{1} << 20);
  CHECK(large.messages[0] == 9);  // 8 MiB and its meta data
  request.set_max_message_bytes(65536);
  const Received small = Stream(server, request);
  CHECK(small.largest_message <= 65536);
  CHECK(small.data == large.data);
}

TEST_CASE("a client without channel options receives 512 channels, 8 MiB in all", "[server][rpc]") {
  LoopbackServer server;
  const Received received = Stream(server, MakeRequest("wide", {"conv"}));
  REQUIRE(received.status.ok());
  CHECK(received.data[0].size() == size_t{512} * 64 * 64 * 4);
}

TEST_CASE("the first layer arrives while the engine still holds back the last", "[server][rpc]") {
  LoopbackServer server;
  server.engine().HoldLayersAfter(1);
  const auto context = MakeContext();
  const auto stub = server.Stub<Service>();
  const auto reader = stub->StreamActivations(context.get(), MakeRequest("tiny_resnet"));
  v1::StreamActivationsResponse message;
  REQUIRE(reader->Read(&message));
  CHECK(message.has_header());
  REQUIRE(reader->Read(&message));
  CHECK(message.layer().id() == "input");
  CHECK(message.has_end());
  server.engine().ReleaseLayers();
  Received rest;
  while (reader->Read(&message)) TakeMessage(message, &rest);
  CHECK(reader->Finish().ok());
  REQUIRE(rest.trailer);
  CHECK(rest.trailer->item_count() == rest.layers.size() + 1);
}

TEST_CASE("a failure in mid-stream gives its code and no trailer", "[server][rpc]") {
  LoopbackServer server;
  server.engine().FailAfter(2, absl::ResourceExhaustedError("device memory is full; retry later"));
  const Received received = Stream(server, MakeRequest("tiny_resnet"));
  CHECK(received.status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  CHECK(received.status.error_message() == "device memory is full; retry later");
  CHECK_FALSE(received.trailer);
  CHECK(received.layers.size() == 2);
}

TEST_CASE("an internal failure shows the client the id under which it is logged", "[server][rpc]") {
  LoopbackServer server;
  server.engine().FailAfter(0, absl::InternalError("at /home/x/model.pt"));
  const Received received = Stream(server, MakeRequest("tiny_resnet"));
  CHECK(received.status.error_code() == grpc::StatusCode::INTERNAL);
  REQUIRE(server.WaitUntilIdle());
  const CallSummary call = server.recorder().summaries().at(0);
  CHECK(received.status.error_message().find(call.id) != std::string::npos);
  CHECK(received.status.error_message().find("/home") == std::string::npos);
  CHECK(call.status.message() == "at /home/x/model.pt");
}

TEST_CASE("unknown networks and layers are NOT_FOUND with details", "[server][rpc]") {
  LoopbackServer server;
  const Received network = Stream(server, MakeRequest("nope"));
  CHECK(network.status.error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(DetailsOf(network.status.error_details()).info->reason() == "NETWORK_NOT_FOUND");
  CHECK(DetailsOf(network.status.error_details()).resource->resource_name() == "nope");
  const Received layer = Stream(server, MakeRequest("tiny_resnet", {"fc", "layer9.*"}));
  CHECK(layer.status.error_code() == grpc::StatusCode::NOT_FOUND);
  CHECK(DetailsOf(layer.status.error_details()).resource->resource_type() == "layer");
}

TEST_CASE("networks that load or failed have their own codes", "[server][rpc]") {
  LoopbackServer server;
  const Received loading = Stream(server, MakeRequest("loading"));
  CHECK(loading.status.error_code() == grpc::StatusCode::UNAVAILABLE);
  CHECK(DetailsOf(loading.status.error_details()).retry);
  const Received broken = Stream(server, MakeRequest("broken"));
  CHECK(broken.status.error_code() == grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_CASE("a bad field is INVALID_ARGUMENT with a field violation", "[server][rpc]") {
  LoopbackServer server;
  v1::StreamActivationsRequest request = MakeRequest("tiny_resnet", {"fc"});
  request.set_max_message_bytes(100);
  const Received received = Stream(server, request);
  CHECK(received.status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  const Details details = DetailsOf(received.status.error_details());
  CHECK(details.bad_request->field_violations(0).field() == "max_message_bytes");
}

TEST_CASE("a cancelled stream raises the token and the next call is served", "[server][rpc]") {
  LoopbackServer server;
  server.engine().HoldLayersAfter(1);
  const auto context = MakeContext();
  const auto stub = server.Stub<Service>();
  const auto reader = stub->StreamActivations(context.get(), MakeRequest("tiny_resnet"));
  v1::StreamActivationsResponse message;
  REQUIRE(reader->Read(&message));
  REQUIRE(reader->Read(&message));
  context->TryCancel();
  while (reader->Read(&message)) {
  }
  CHECK(reader->Finish().error_code() == grpc::StatusCode::CANCELLED);
  REQUIRE(server.WaitUntilIdle());
  CHECK(server.engine().tokens().at(0).IsCancelled());
  CHECK(absl::IsCancelled(server.recorder().summaries().at(0).status));
  server.engine().ReleaseLayers();  // the engine may speak on; nobody minds
  CHECK(Stream(server, MakeRequest("tiny_resnet")).status.ok());
}

TEST_CASE("after any mix of endings no call and no buffer is alive", "[server][rpc]") {
  LoopbackServer server;
  const auto stub = server.Stub<Service>();
  for (int i = 0; i < 20; ++i) {
    const auto context = MakeContext();
    const auto reader = stub->StreamActivations(context.get(), MakeRequest("wide"));
    v1::StreamActivationsResponse message;
    for (int k = 0; k < i % 5; ++k) reader->Read(&message);
    if (i % 3 != 0) context->TryCancel();
    while (reader->Read(&message)) {
    }
    reader->Finish();
  }
  REQUIRE(server.WaitUntilIdle());
  CHECK(server.server().calls().live_calls() == 0);
  // Destroying the server waits for the transport to drop its slices.
  server.server().Drain(absl::InfinitePast());
  CHECK(server.server().buffers().buffers.load() == 0);
  CHECK(server.server().buffers().bytes.load() == 0);
  CHECK(server.engine().live_payloads() == 0);
}

TEST_CASE("bytes that are no request are INVALID_ARGUMENT", "[server][rpc]") {
  LoopbackServer server;
  // A string field that is not UTF-8, which clients of proto3 cannot send by
  // accident but anybody can on purpose.
  v1::StreamActivationsRequest request = MakeRequest("\xff\xfe");
  const Received received = Stream(server, request);
  CHECK(received.status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(DetailsOf(received.status.error_details()).info->reason() == "MALFORMED_REQUEST");
}

TEST_CASE("Classify answers with as many classes as asked for", "[server][rpc]") {
  LoopbackServer server;
  v1::ClassifyRequest request;
  request.set_network("tiny_resnet");
  request.mutable_input()->set_black(true);
  request.set_top_k(3);
  v1::ClassifyResponse response;
  REQUIRE(server.Stub<Service>()->Classify(MakeContext().get(), request, &response).ok());
  REQUIRE(response.prediction().classes_size() == 3);
  CHECK(response.prediction().classes(1).name() == "class 1");
  CHECK(response.prediction().classes(1).logit() == 4);
  CHECK(response.compute_time().nanos() == 3000000);
  CHECK(response.produced_by().numerics() == v1::NUMERICS_EXACT);
}

}  // namespace
}  // namespace deepvision
