#include "core/graph/topology.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"
#include "tests/support/topology_reader.h"

namespace deepvision {
namespace {

// conv, bn and relu as modules conv1, bn1, relu; then pool and classifier.
Graph PlainNetwork() {
  GraphBuilder net({1, 3, 32, 32});
  ValueId x = net.Module("conv1", "Conv2d", [&] { return net.Conv(net.input(), 16, 3, 2); });
  x = net.Module("bn1", "BatchNorm2d", [&] { return net.BatchNorm(x); });
  x = net.Module("relu", "ReLU", [&] { return net.InPlace("relu", x); });
  x = net.Module("avgpool", "AdaptiveAvgPool2d", [&] { return net.AveragePool(x); });
  x = net.Flatten(x);
  net.Output(net.Module("fc", "Linear", [&] { return net.Linear(x, 10); }));
  return std::move(net).Build();
}

TEST_CASE("a chain is named by its last operator and titled by its first", "[graph][topology]") {
  const Graph graph = PlainNetwork();
  const LaidOutTopology made = Layers(graph);
  CHECK(Ids(made) == Names{"input", "relu", "/flatten", "fc", "probabilities"});
  const TopologyNode conv = NodeOf(made, "relu");
  CHECK(conv.title == "Conv 3×3, 3 → 16, stride 2");
  CHECK(conv.head == "conv2d");
  CHECK(conv.kind == NodeKind::kChain);
  CHECK(conv.module_path == "conv1");
  CHECK(conv.module_class == "Conv2d");
  CHECK(conv.members == Names{"conv1/conv2d", "bn1/batch_norm", "relu/relu"});
  CHECK(conv.aliases == Names{"relu/relu"});
  CHECK(conv.shape == Shape{16, 16, 16});
  CHECK(made.values[1] == FindValue(graph, "relu"));
}

TEST_CASE("weights of the whole chain are counted, statistics are not", "[graph][topology]") {
  const LaidOutTopology made = Layers(PlainNetwork());
  CHECK(NodeOf(made, "relu").parameter_count == 16 * 3 * 3 * 3 + 16 + 16);
  CHECK(NodeOf(made, "relu").has_weights);
  CHECK(NodeOf(made, "fc").parameter_count == 16 * 10 + 10);
  CHECK_FALSE(NodeOf(made, "/flatten").has_weights);
}

TEST_CASE("the operators view shows every operator under its own name", "[graph][topology]") {
  const Graph graph = PlainNetwork();
  const LaidOutTopology made = Operators(graph);
  CHECK(Ids(made) == Names{"input", "conv1/conv2d", "bn1/batch_norm", "relu/relu",
                           "avgpool/adaptive_avg_pool2d", "/flatten", "fc/linear",
                           "probabilities"});
  CHECK(NodeOf(made, "bn1/batch_norm").aliases == Names{"bn1"});
  CHECK(PredecessorsOf(made, "bn1/batch_norm") == Names{"conv1/conv2d"});
  for (size_t i = 0; i + 1 < made.values.size(); ++i) {
    CHECK(FindValue(graph, made.topology.nodes[i].id) == made.values[i]);
  }
}

TEST_CASE("a picture keeps its maps when the network flattens it", "[graph][topology]") {
  GraphBuilder net({1, 3, 8, 8});
  ValueId x = net.Module("conv", "Conv2d", [&] { return net.Conv(net.input(), 4, 3); });
  x = net.Module("flat", "Flatten", [&] { return net.Flatten(x); });
  net.Output(net.Module("fc", "Linear", [&] { return net.Linear(x, 10); }));
  const LaidOutTopology made = LayersWithoutMarkers(std::move(net).Build());
  CHECK(Ids(made) == Names{"input", "conv", "fc", "probabilities"});
  CHECK(NodeOf(made, "conv").data_kind == DataKind::kFeatureMap);
  CHECK(PredecessorsOf(made, "fc") == Names{"conv"});
}

TEST_CASE("a normalisation whose input is read twice is a layer of its own", "[graph][topology]") {
  GraphBuilder net({1, 3, 8, 8});
  const ValueId x = net.Conv(net.input(), 4, 3);
  const ValueId norm = net.BatchNorm(x);
  const ValueId y = net.Conv(net.Relu(norm), 4, 3);
  net.Output(net.Add(x, y));
  const LaidOutTopology made = LayersWithoutMarkers(std::move(net).Build());
  CHECK(Ids(made) == Names{"input", "/conv2d", "/relu", "/conv2d@1", "/add/identity", "/add"});
  CHECK(NodeOf(made, "/relu").title == "Batch norm, 4");
  CHECK(NodeOf(made, "/relu").members == Names{"/batch_norm", "/relu"});
}

TEST_CASE("layers read through reshapes that several of them share", "[graph][topology]") {
  GraphBuilder net({1, 4, 8});
  const ValueId qkv = net.Linear(net.input(), 24);
  const std::vector<ValueId> parts =
      net.Operator("chunk", {GraphBuilder::Of("self", qkv)}, {{1, 4, 8}, {1, 4, 8}, {1, 4, 8}});
  const ValueId attention =
      net.Operator("scaled_dot_product_attention",
                   {GraphBuilder::Of("query", parts[0]), GraphBuilder::Of("key", parts[1]),
                    GraphBuilder::Of("value", parts[2])},
                   {1, 4, 8});
  net.Output(net.Linear(attention, 8));
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(Ids(made) == Names{"input", "/linear", "/scaled_dot_product_attention", "/linear@1"});
  CHECK(PredecessorsOf(made, "/scaled_dot_product_attention") == Names{"/linear"});
}

TEST_CASE("arithmetic with a number joins its layer or is left out", "[graph][topology]") {
  GraphBuilder net({1, 3, 8, 8});
  const auto scaled = [&](ValueId x) {
    return net.Operator("mul", {GraphBuilder::Of("self", x), GraphBuilder::Constant("other", 0.5)},
                        net.sizes(x));
  };
  const ValueId x = scaled(net.Conv(net.input(), 4, 3));
  const ValueId y = net.Conv(scaled(x), 4, 1);
  net.Output(net.Cat({x, y}));
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(Ids(made) == Names{"input", "/mul", "/conv2d@1", "/cat"});
  CHECK(PredecessorsOf(made, "/conv2d@1") == Names{"/mul"});
}

TEST_CASE("what does not depend on the input is no node", "[graph][topology]") {
  GraphBuilder net({1, 4, 8});
  const ValueId table = net.Weight("position", {1, 4, 8});
  const ValueId shifted = net.Add(net.Linear(net.input(), 8), net.Unary("relu", table));
  net.Output(shifted);
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(Ids(made) == Names{"input", "/add"});
  CHECK(NodeOf(made, "/add").title == "Linear 8 → 8");
}

TEST_CASE("a module called twice has two layers", "[graph][topology]") {
  GraphBuilder net({1, 3, 8, 8});
  const auto call = [&](ValueId x) {
    return net.Module("conv", "Conv2d", [&] { return net.Conv(x, 3, 3); });
  };
  net.Output(call(call(net.input())));
  CHECK(Ids(Layers(std::move(net).Build())) == Names{"input", "conv", "conv@1"});
}

TEST_CASE("a file without modules has operators for names", "[graph][topology]") {
  GraphBuilder net({1, 3, 8, 8});
  ValueId x = net.Relu(net.Conv(net.input(), 4, 3));
  x = net.Relu(net.Conv(x, 4, 3));
  net.Output(net.Linear(net.Flatten(net.AveragePool(x)), 10));
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(Ids(made) == Names{"input", "/relu", "/relu@1", "/flatten", "/linear", "probabilities"});
  CHECK(made.topology.groups.empty());
}

TEST_CASE("two outputs are two layers, also when one reads the other", "[graph][topology]") {
  GraphBuilder net({1, 8});
  const ValueId features = net.Linear(net.input(), 4);
  net.Output(net.Relu(features), "0");
  net.Output(features, "1");
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(Ids(made) == Names{"input", "/linear", "/relu", "probabilities"});
  CHECK(NodeOf(made, "/linear").role == NodeRole::kOutput);
  CHECK(NodeOf(made, "/relu").role == NodeRole::kScores);
}

TEST_CASE("second results that the network returns are nodes", "[graph][topology]") {
  GraphBuilder net({1, 8});
  const ValueId x = net.Linear(net.input(), 4);
  const std::vector<ValueId> halves =
      net.Operator("chunk", {GraphBuilder::Of("self", x)}, {{1, 2}, {1, 2}});
  net.Output(halves[0], "0");
  net.Output(halves[1], "1");
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(Ids(made) == Names{"input", "/linear", "/chunk", "/chunk:1", "probabilities"});
  CHECK(PredecessorsOf(made, "/chunk:1") == Names{"/linear"});
  CHECK(NodeOf(made, "/chunk:1").role == NodeRole::kOutput);
}

TEST_CASE("an operator that leads to no layer does not split a chain", "[graph][topology]") {
  GraphBuilder net({1, 3, 8, 8});
  const ValueId conv = net.Conv(net.input(), 4, 3);
  net.Unary("transpose", conv);
  net.Output(net.Relu(conv));
  CHECK(Ids(Layers(std::move(net).Build())) == Names{"input", "/relu"});
}

TEST_CASE("an in-place addition is a join of the values before it", "[graph][topology]") {
  GraphBuilder net({1, 3, 8, 8});
  const ValueId a = net.Conv(net.input(), 4, 3);
  const ValueId b = net.Conv(net.input(), 4, 1);
  const ValueId sum = net.InPlace("add", a, {GraphBuilder::Of("other", b)});
  net.Output(net.InPlace("relu", sum));
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(Ids(made) == Names{"input", "/conv2d", "/conv2d@1", "/relu"});
  CHECK(NodeOf(made, "/relu").title == "Add");
  CHECK(PredecessorsOf(made, "/relu") == Names{"/conv2d", "/conv2d@1"});
}

TEST_CASE("a branch that cannot be differentiated says so", "[graph][topology]") {
  GraphBuilder net({1, 8});
  net.Output(net.Linear(net.input(), 4));
  Graph graph = std::move(net).Build();
  graph.values[graph.nodes[0].outputs[0]].differentiable = false;
  CHECK(NodeOf(Layers(graph), "/linear").cannot_visualize_reason ==
        "no gradient flows from it to the input");
  graph.nodes[0].op_name = "quantized::linear";
  CHECK(NodeOf(Layers(graph), "/linear").cannot_visualize_reason ==
        "it lies behind a quantised operator");
  CHECK_FALSE(NodeOf(Layers(graph), "/linear").can_visualize);
}

}  // namespace
}  // namespace deepvision
