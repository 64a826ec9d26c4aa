#include "server/convert/network_convert.h"

#include <google/protobuf/text_format.h>

#include "server/convert/topology_convert.h"
#include "tests/support/catch.h"
#include "tests/support/fake_network.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

template <typename Request>
Request Parse(const std::string& text) {
  Request request;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &request));
  return request;
}

TEST_CASE("every bad field of StreamHistograms is named", "[server][convert]") {
  using Case = std::pair<const char*, const char*>;
  const auto [text, field] = GENERATE(values<Case>({
      {"source: HISTOGRAM_SOURCE_WEIGHTS", "network: "},
      {"network: 'n'", "source: is not set"},
      {"network: 'n' source: HISTOGRAM_SOURCE_ACTIVATIONS", "input: is not set"},
      {"network: 'n' source: HISTOGRAM_SOURCE_WEIGHTS input { zeros: true }", "input: is set"},
      {"network: 'n' source: HISTOGRAM_SOURCE_WEIGHTS bins: 1", "bins: "},
      {"network: 'n' source: HISTOGRAM_SOURCE_WEIGHTS bins: 1025", "bins: "},
      {"network: 'n' source: HISTOGRAM_SOURCE_WEIGHTS layers: ['a', '']", "layers[1]: "},
  }));
  CHECK_STATUS(FromProto(Parse<v1::StreamHistogramsRequest>(text)),
               absl::StatusCode::kInvalidArgument, field);
}

TEST_CASE("an input size of a topology needs both sides", "[server][convert]") {
  CHECK_STATUS(FromProto(Parse<v1::StreamTopologyRequest>("network: 'n' input_size { height: 5 }")),
               absl::StatusCode::kInvalidArgument, "input_size.width: ");
  CHECK_STATUS(FromProto(Parse<v1::StreamTopologyRequest>("network: 'n' view: 9")),
               absl::StatusCode::kInvalidArgument, "view: ");
  const auto query =
      FromProto(Parse<v1::StreamTopologyRequest>("network: 'n' input_size { height: 5 width: 6 }"));
  REQUIRE_OK(query);
  CHECK(query->height == 5);
  CHECK(query->width == 6);
  CHECK(query->view == TopologyView::kLayers);
}

TEST_CASE("weights need a layer", "[server][convert]") {
  CHECK_STATUS(FromProto(Parse<v1::StreamWeightsRequest>("network: 'n'")),
               absl::StatusCode::kInvalidArgument, "layer: is empty");
}

TEST_CASE("centres of a histogram lie between its edges", "[server][convert]") {
  const v1::Histogram out = ToProto(Histogram{"l", "", {}, {0, 1, 3}, {4, 5}, 0, 0});
  REQUIRE(out.centres_size() == 2);
  CHECK(out.centres(0) == 0.5);
  CHECK(out.centres(1) == 2);
  CHECK_FALSE(out.has_channel());
}

TEST_CASE("a node keeps every field on the wire", "[server][convert]") {
  TopologyNode node;
  node.id = "layer1.0/add";
  node.title = "Add";
  node.head = "add";
  node.kind = NodeKind::kPassThrough;
  node.module_class = "Block";
  node.module_path = "layer1.0";
  node.members = {"a", "b"};
  node.aliases = {"c"};
  node.data_kind = DataKind::kTokens;
  node.shape = {197, 768};
  node.token_grid = TokenGrid{14, 13, 1};
  node.dtype = "float16";
  node.predecessors = {3, 4};
  node.stage = 7;
  node.lane = 2;
  node.attributes = {{"stride", "2"}};
  node.parameter_count = 123;
  node.has_weights = true;
  node.units_are_classes = true;
  node.role = NodeRole::kScores;
  node.can_visualize = true;
  node.cannot_visualize_reason = "none";
  v1::TopologyNode expected;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(
      "index: 5 id: 'layer1.0/add' title: 'Add' head: 'add' kind: NODE_KIND_PASS_THROUGH "
      "module_class: 'Block' module_path: 'layer1.0' members: ['a', 'b'] aliases: 'c' "
      "data_kind: DATA_KIND_TOKENS shape: [197, 768] "
      "token_grid { rows: 14 columns: 13 prefix: 1 } predecessors: [3, 4] "
      "position { stage: 7 lane: 2 } attributes { key: 'stride' value: '2' } "
      "parameter_count: 123 has_weights: true units_are_classes: true role: NODE_ROLE_SCORES "
      "can_visualize: true cannot_visualize_reason: 'none' dtype: 'float16'",
      &expected));
  CHECK(ToProto(node, 5).DebugString() == expected.DebugString());
}

}  // namespace
}  // namespace deepvision
