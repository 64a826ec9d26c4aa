#include <string>
#include <vector>

#include "core/base/digest.h"
#include "deepvision/v1/network.grpc.pb.h"
#include "deepvision/v1/server.grpc.pb.h"
#include "tests/support/catch.h"
#include "tests/support/fake_network.h"
#include "tests/support/loopback_server.h"

namespace deepvision {
namespace {

using Service = v1::NetworkService;

template <typename Response, typename Reader>
std::vector<Response> ReadAll(Reader* reader) {
  std::vector<Response> messages;
  Response message;
  while (reader->Read(&message)) messages.push_back(message);
  return messages;
}

TEST_CASE("networks are listed page by page in manifest order", "[server][rpc]") {
  LoopbackServer server;
  const auto stub = server.Stub<Service>();
  std::vector<std::string> ids;
  v1::ListNetworksRequest request;
  request.set_page_size(3);
  do {
    v1::ListNetworksResponse response;
    REQUIRE(stub->ListNetworks(MakeContext().get(), request, &response).ok());
    for (const v1::Network& network : response.networks()) ids.push_back(network.id());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  CHECK(ids == std::vector<std::string>{"tiny_resnet", "wide", "loading", "broken"});
}

TEST_CASE("a network says what it takes and why it failed", "[server][rpc]") {
  LoopbackServer server;
  const auto stub = server.Stub<Service>();
  v1::GetNetworkRequest request;
  v1::GetNetworkResponse response;
  request.set_network("tiny_resnet");
  REQUIRE(stub->GetNetwork(MakeContext().get(), request, &response).ok());
  CHECK(response.network().state() == v1::NETWORK_STATE_READY);
  CHECK(response.network().input().height() == 64);
  CHECK(response.network().input().mean_size() == 3);
  CHECK(response.network().class_count() == 10);
  request.set_network("broken");
  REQUIRE(stub->GetNetwork(MakeContext().get(), request, &response).ok());
  CHECK(response.network().state() == v1::NETWORK_STATE_FAILED);
  CHECK(response.network().failure() == "the file is not TorchScript");
  request.set_network("nope");
  CHECK(stub->GetNetwork(MakeContext().get(), request, &response).error_code() ==
        grpc::StatusCode::NOT_FOUND);
  request.set_network("");
  CHECK(stub->GetNetwork(MakeContext().get(), request, &response).error_code() ==
        grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_CASE("wait_until_ready answers when the network is ready", "[server][rpc]") {
  LoopbackServer server;
  const auto stub = server.Stub<Service>();
  v1::GetNetworkRequest request;
  request.set_network("loading");
  request.set_wait_until_ready(true);
  v1::GetNetworkResponse response;
  grpc::Status status;
  absl::Mutex mutex;
  bool done = false;
  const auto context = MakeContext();
  stub->async()->GetNetwork(context.get(), &request, &response, [&](grpc::Status result) {
    absl::MutexLock lock(&mutex);
    status = std::move(result);
    done = true;
  });
  server.engine().FinishLoading();
  absl::MutexLock lock(&mutex);
  mutex.Await(absl::Condition(&done));
  REQUIRE(status.ok());
  CHECK(response.network().state() == v1::NETWORK_STATE_READY);
}

TEST_CASE("class names come in pages, in unit order", "[server][rpc]") {
  LoopbackServer server;
  v1::ListClassesRequest request;
  request.set_network("tiny_resnet");
  request.set_page_size(9);
  v1::ListClassesResponse response;
  const auto stub = server.Stub<Service>();
  REQUIRE(stub->ListClasses(MakeContext().get(), request, &response).ok());
  CHECK(response.names_size() == 9);
  CHECK(response.names(8) == "class 8");
  request.set_page_token(response.next_page_token());
  REQUIRE(stub->ListClasses(MakeContext().get(), request, &response).ok());
  REQUIRE(response.names_size() == 1);
  CHECK(response.names(0) == "class 9");
  CHECK(response.next_page_token().empty());
}

TEST_CASE("a topology streams its header, every node in order, its groups and a trailer",
          "[server][rpc]") {
  LoopbackServer server;
  const auto context = MakeContext();
  v1::StreamTopologyRequest request;
  request.set_network("tiny_resnet");
  const auto stub = server.Stub<Service>();
  const auto reader = stub->StreamTopology(context.get(), request);
  const auto messages = ReadAll<v1::StreamTopologyResponse>(reader.get());
  REQUIRE(reader->Finish().ok());
  REQUIRE(messages.size() >= 4);
  const v1::TopologyHeader& header = messages.front().header();
  const Topology expected = MakeFakeTopology(false);
  CHECK(header.node_count() == expected.nodes.size());
  CHECK(static_cast<int>(header.stage_count()) == expected.stage_count);
  size_t nodes = 0;
  size_t groups = 0;
  for (const auto& message : messages) {
    CHECK((message.has_header() + (message.nodes_size() > 0) + (message.groups_size() > 0) +
           message.has_trailer()) == 1);
    for (const v1::TopologyNode& node : message.nodes()) {
      CHECK(node.index() == nodes);
      CHECK(node.id() == expected.nodes[nodes].id);
      ++nodes;
    }
    groups += message.groups_size();
  }
  CHECK(nodes == expected.nodes.size());
  CHECK(groups == header.group_count());
  CHECK(messages.back().trailer().item_count() == nodes + groups);
}

TEST_CASE("histograms stream one by one with centres", "[server][rpc]") {
  LoopbackServer server;
  const auto context = MakeContext();
  v1::StreamHistogramsRequest request;
  request.set_network("tiny_resnet");
  request.set_source(v1::HISTOGRAM_SOURCE_WEIGHTS);
  request.set_bins(4);
  const auto stub = server.Stub<Service>();
  const auto reader = stub->StreamHistograms(context.get(), request);
  const auto messages = ReadAll<v1::StreamHistogramsResponse>(reader.get());
  REQUIRE(reader->Finish().ok());
  CHECK(messages.back().trailer().item_count() == messages.size() - 1);
  CHECK(messages[0].histogram().edges_size() == 5);
  CHECK(messages[0].histogram().centres(0) == -1.5);
  CHECK(messages[0].histogram().counts(3) == 4);
}

TEST_CASE("weights arrive as float32 with their CRC", "[server][rpc]") {
  LoopbackServer server;
  const auto context = MakeContext();
  v1::StreamWeightsRequest request;
  request.set_network("tiny_resnet");
  request.set_layer("fc");
  const auto stub = server.Stub<Service>();
  const auto reader = stub->StreamWeights(context.get(), request);
  const auto messages = ReadAll<v1::StreamWeightsResponse>(reader.get());
  REQUIRE(reader->Finish().ok());
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].tensor().name() == "fc.weight");
  CHECK(messages[0].data().size() == size_t{10} * 27 * 4);
  CHECK(messages[0].end().crc32() == Crc32(messages[0].data().data(), messages[0].data().size()));
  CHECK(messages[1].trailer().byte_count() == messages[0].data().size());
}

TEST_CASE("weights of a layer without parameters are a failed precondition", "[server][rpc]") {
  LoopbackServer server;
  const auto context = MakeContext();
  v1::StreamWeightsRequest request;
  request.set_network("tiny_resnet");
  request.set_layer("maxpool");
  const auto stub = server.Stub<Service>();
  const auto reader = stub->StreamWeights(context.get(), request);
  CHECK(ReadAll<v1::StreamWeightsResponse>(reader.get()).empty());
  CHECK(reader->Finish().error_code() == grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_CASE("the server describes itself and its limits", "[server][rpc]") {
  LoopbackServer server;
  v1::GetServerInfoResponse response;
  REQUIRE(server.Stub<v1::ServerService>()
              ->GetServerInfo(MakeContext().get(), v1::GetServerInfoRequest(), &response)
              .ok());
  CHECK(response.version() == ServerVersion());
  CHECK(response.libtorch_version() == "2.11.0");
  CHECK(response.devices(0).name() == "cpu");
  CHECK(response.limits().max_message_bytes() == 1 << 20);
  CHECK(response.limits().max_request_bytes() == 16 << 20);
  CHECK(response.numerics_size() == 2);
}

}  // namespace
}  // namespace deepvision
