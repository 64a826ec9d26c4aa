#include <algorithm>

#include "core/graph/topology.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"
#include "tests/support/topology_reader.h"

namespace deepvision {
namespace {

// As in a residual network: conv, bn, relu, conv, bn, (projection), add, relu.
ValueId BasicBlock(GraphBuilder& net, const std::string& path, ValueId x, bool projects) {
  return net.Module(path, "BasicBlock", [&] {
    const auto conv = [&](const std::string& number, ValueId from, int64_t stride) {
      const ValueId y = net.Module(path + ".conv" + number, "Conv2d",
                                   [&] { return net.Conv(from, 8, 3, stride); });
      return net.Module(path + ".bn" + number, "BatchNorm2d", [&] { return net.BatchNorm(y); });
    };
    const auto relu = [&](ValueId from) {
      return net.Module(path + ".relu", "ReLU", [&] { return net.InPlace("relu", from); });
    };
    const ValueId main = conv("2", relu(conv("1", x, projects ? 2 : 1)), 1);
    if (!projects) return relu(net.InPlace("add", main, {GraphBuilder::Of("other", x)}));
    const ValueId skip = net.Module(path + ".downsample", "Sequential", [&] {
      const ValueId y =
          net.Module(path + ".downsample.0", "Conv2d", [&] { return net.Conv(x, 8, 1, 2); });
      return net.Module(path + ".downsample.1", "BatchNorm2d", [&] { return net.BatchNorm(y); });
    });
    return relu(net.InPlace("add", main, {GraphBuilder::Of("other", skip)}));
  });
}

Graph ResidualNetwork(bool projects) {
  GraphBuilder net({1, 3, 16, 16});
  ValueId x = net.Module("stem", "Conv2d", [&] { return net.Conv(net.input(), 8, 3); });
  x = BasicBlock(net, "block", x, projects);
  net.Output(net.Linear(net.Flatten(net.AveragePool(x)), 10));
  return std::move(net).Build();
}

TEST_CASE("an identity skip is a node beside the last convolution", "[graph][topology]") {
  const Graph graph = ResidualNetwork(false);
  const LaidOutTopology made = Layers(graph);
  CHECK(Ids(made) == Names{"input", "stem", "block/block", "block.relu", "block.bn2",
                           "block/add/identity", "block.relu@1", "/flatten", "/linear",
                           "probabilities"});
  const TopologyNode skip = NodeOf(made, "block/add/identity");
  CHECK(skip.kind == NodeKind::kPassThrough);
  CHECK(skip.shape == Shape{8, 16, 16});
  CHECK(skip.stage == NodeOf(made, "block.bn2").stage);
  CHECK(skip.lane == 1);
  CHECK(PredecessorsOf(made, "block/add/identity") == Names{"block/block"});
  CHECK(PredecessorsOf(made, "block.relu@1") == Names{"block.bn2", "block/add/identity"});
  CHECK(made.extra_ids.at("block/add/identity") == FindValue(graph, "stem"));
}

TEST_CASE("a projected skip is a layer beside the last convolution", "[graph][topology]") {
  const LaidOutTopology made = Layers(ResidualNetwork(true));
  CHECK(Ids(made) == Names{"input", "stem", "block/block", "block.relu", "block.bn2",
                           "block.downsample.1", "block.relu@1", "/flatten", "/linear",
                           "probabilities"});
  CHECK(NodeOf(made, "block.downsample.1").stage == NodeOf(made, "block.bn2").stage);
  CHECK(NodeOf(made, "block.downsample.1").aliases ==
        Names{"block.downsample", "block.downsample.1/batch_norm"});
  CHECK(made.extra_ids.empty());
}

TEST_CASE("a marker stands between what flows in and the block", "[graph][topology]") {
  const LaidOutTopology made = Layers(ResidualNetwork(true));
  const TopologyNode marker = NodeOf(made, "block/block");
  CHECK(marker.kind == NodeKind::kMarker);
  CHECK(marker.title == "BasicBlock");
  CHECK(marker.data_kind == DataKind::kNone);
  CHECK(marker.stage == 2);
  CHECK(PredecessorsOf(made, "block/block") == Names{"stem"});
  CHECK(PredecessorsOf(made, "block.relu") == Names{"block/block"});
  CHECK(PredecessorsOf(made, "block.downsample.1") == Names{"block/block"});
}

TEST_CASE("without markers the other ids are the same", "[graph][topology]") {
  const Graph graph = ResidualNetwork(false);
  const LaidOutTopology with = Layers(graph);
  const LaidOutTopology without = LayersWithoutMarkers(graph);
  Names expected = Ids(with);
  expected.erase(std::find(expected.begin(), expected.end(), "block/block"));
  CHECK(Ids(without) == expected);
  CHECK(PredecessorsOf(without, "block/add/identity") == Names{"stem"});
}

TEST_CASE("blocks of one class are all marked, joining or not", "[graph][topology]") {
  GraphBuilder net({1, 3, 16, 16});
  const auto block = [&](const std::string& path, ValueId x, bool joins) {
    return net.Module(path, "InvertedResidual", [&] {
      const ValueId a = net.Conv(x, 8, 1);
      const ValueId b = net.Conv(a, 8, 3);
      return joins ? net.Add(x, b) : b;
    });
  };
  net.Output(block("b", block("a", net.Conv(net.input(), 8, 3), false), true));
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(NodeOf(made, "a/block").kind == NodeKind::kMarker);
  CHECK(NodeOf(made, "b/block").kind == NodeKind::kMarker);
}

TEST_CASE("squeeze and excitation is a product of two branches", "[graph][topology]") {
  GraphBuilder net({1, 3, 16, 16});
  const ValueId x = net.Conv(net.input(), 8, 3);
  const ValueId scale = net.Module("se", "SqueezeExcitation", [&] {
    const ValueId squeezed = net.Relu(net.Conv(net.AveragePool(x), 2, 1));
    return net.Mul(net.Unary("sigmoid", net.Conv(squeezed, 8, 1)), x);
  });
  net.Output(net.Conv(scale, 4, 1));
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(Ids(made) == Names{"input", "/conv2d", "se/adaptive_avg_pool2d", "se/relu", "se/sigmoid",
                           "se", "/conv2d@1"});
  CHECK(PredecessorsOf(made, "se") == Names{"/conv2d", "se/sigmoid"});
  CHECK(NodeOf(made, "se").title == "Multiply");
}

TEST_CASE("a concatenation reads its inputs directly", "[graph][topology]") {
  GraphBuilder net({1, 3, 16, 16});
  const ValueId x = net.Conv(net.input(), 8, 3);
  ValueId features =
      net.Module("dense.1", "_DenseLayer", [&] { return net.Conv(net.Relu(net.Cat({x})), 4, 3); });
  features = net.Module("dense.2", "_DenseLayer", [&] {
    return net.Conv(net.Relu(net.BatchNorm(net.Cat({x, features}))), 4, 3);
  });
  net.Output(features);
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(Ids(made) == Names{"input", "/conv2d", "dense.1/block", "dense.1/relu", "dense.1",
                           "dense.2/block", "dense.2/relu", "dense.2"});
  CHECK(NodeOf(made, "dense.2/block").title == "DenseLayer");
  CHECK(PredecessorsOf(made, "dense.2/block") == Names{"/conv2d", "dense.1"});
  CHECK(PredecessorsOf(made, "dense.2/relu") == Names{"dense.2/block"});
  CHECK(NodeOf(made, "dense.2/relu").title == "Concat + batch norm");
}

TEST_CASE("short branches of an inception module end before the concatenation",
          "[graph][topology]") {
  GraphBuilder net({1, 3, 16, 16});
  const ValueId x = net.Conv(net.input(), 8, 3);
  net.Output(net.Module("inception", "Inception", [&] {
    const ValueId one = net.Conv(x, 4, 1);
    const ValueId three = net.Conv(net.Conv(x, 4, 1), 4, 3);
    const ValueId five = net.Conv(net.Conv(x, 4, 1), 4, 5);
    return net.Cat({one, three, five});
  }));
  const LaidOutTopology made = LayersWithoutMarkers(std::move(net).Build());
  const auto position = [&](const std::string& id) {
    return std::make_pair(NodeOf(made, id).stage, NodeOf(made, id).lane);
  };
  CHECK(position("inception/conv2d") == std::make_pair(3, 1));
  CHECK(position("inception/conv2d@2") == std::make_pair(3, 0));
  CHECK(position("inception/conv2d@3") == std::make_pair(2, 2));
  CHECK(position("inception/conv2d@4") == std::make_pair(3, 2));
  CHECK(position("inception") == std::make_pair(4, 0));
}

TEST_CASE("modules without a value stand beside the others, without edges", "[graph][topology]") {
  GraphBuilder net({1, 3, 16, 16});
  const ValueId x = net.Conv(net.input(), 8, 3);
  net.Unstored("drop_path", "StochasticDepth");
  net.Output(net.Conv(x, 8, 3));
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(Ids(made) == Names{"input", "/conv2d", "drop_path", "/conv2d@1"});
  const TopologyNode identity = NodeOf(made, "drop_path");
  CHECK(identity.kind == NodeKind::kIdentity);
  CHECK(identity.predecessors.empty());
  CHECK(identity.stage == 1);
  CHECK(identity.lane == 1);
  CHECK(made.values[2] == kNone);
}

TEST_CASE("groups are the module tree, and like siblings are counted", "[graph][topology]") {
  GraphBuilder net({1, 3, 16, 16});
  ValueId x = net.Module("stem", "Conv2d", [&] { return net.Conv(net.input(), 8, 3); });
  x = net.Module("layer1", "Sequential", [&] {
    return BasicBlock(net, "layer1.1", BasicBlock(net, "layer1.0", x, false), false);
  });
  net.Output(x);
  const LaidOutTopology made = LayersWithoutMarkers(std::move(net).Build());
  const std::vector<TopologyGroup>& groups = made.topology.groups;
  REQUIRE(groups.size() == 3);
  CHECK(groups[0].path == "layer1");
  CHECK(groups[0].parent.empty());
  CHECK(groups[0].first_node == 2);
  CHECK(groups[0].last_node == 9);
  CHECK(groups[1].title == "layer1.0 · BasicBlock");
  CHECK(groups[1].parent == "layer1");
  CHECK(groups[1].first_node == 2);
  CHECK(groups[1].last_node == 5);
  CHECK(groups[1].repeat_count == 2);
  CHECK(groups[2].repeat_count == 2);
  CHECK(groups[0].repeat_count == 1);
}

}  // namespace
}  // namespace deepvision
