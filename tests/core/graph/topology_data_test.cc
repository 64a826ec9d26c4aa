#include <functional>
#include <string>

#include "core/graph/topology.h"
#include "tests/support/catch.h"
#include "tests/support/graph_builder.h"
#include "tests/support/topology_reader.h"

namespace deepvision {
namespace {

using B = GraphBuilder;

ValueId Permute(B& net, ValueId x, const std::vector<int64_t>& dims) {
  Sizes to;
  for (int64_t dim : dims) to.push_back(net.sizes(x)[dim]);
  return net.Operator("permute", {B::Of("self", x), B::Constant("dims", dims)}, to);
}

// A vision transformer of one block: patches, class token, positions, attention
// with its own in- and out-projection, a multi-layer perceptron.
Graph VisionTransformer() {
  B net({1, 3, 32, 32});
  ValueId x = net.Module("conv_proj", "Conv2d", [&] { return net.Conv(net.input(), 8, 8, 8); });
  x = net.Operator("reshape", {B::Of("self", x)}, {1, 8, 16});
  x = Permute(net, x, {0, 2, 1});
  x = net.Cat({net.Weight("class_token", {1, 1, 8}), x});
  x = net.Add(x, net.Weight("pos_embedding", {1, 17, 8}));
  x = net.Module("block", "EncoderBlock", [&] {
    const ValueId norm = net.Module("block.ln_1", "LayerNorm", [&] { return net.LayerNorm(x); });
    const ValueId attended = net.Module("block.attention", "Attention", [&] {
      ValueId qkv = net.Linear(norm, 24);
      qkv = net.Operator("reshape", {B::Of("self", qkv)}, {1, 17, 3, 2, 4});
      qkv = Permute(net, qkv, {2, 0, 3, 1, 4});
      const std::vector<ValueId> parts = net.Operator(
          "unbind", {B::Of("self", qkv)}, {{1, 2, 17, 4}, {1, 2, 17, 4}, {1, 2, 17, 4}});
      ValueId y =
          net.Operator("scaled_dot_product_attention",
                       {B::Of("query", parts[0]), B::Of("key", parts[1]), B::Of("value", parts[2])},
                       {1, 2, 17, 4});
      y = Permute(net, y, {0, 2, 1, 3});
      return net.Linear(net.Operator("reshape", {B::Of("self", y)}, {1, 17, 8}), 8);
    });
    const ValueId sum = net.Add(attended, x);
    const ValueId mlp = net.Module("block.mlp", "MLPBlock", [&] {
      return net.Linear(net.Unary("gelu", net.Linear(net.LayerNorm(sum), 16)), 8);
    });
    return net.Add(sum, mlp);
  });
  x = net.Module("ln", "LayerNorm", [&] { return net.LayerNorm(x); });
  const ValueId token = net.Operator("select", {B::Of("self", x), B::Constant("dim", 1)}, {1, 8});
  net.Output(net.Module("head", "Linear", [&] { return net.Linear(token, 10); }));
  return std::move(net).Build();
}

TEST_CASE("a vision transformer is read as a person would", "[graph][topology]") {
  const LaidOutTopology made = Layers(VisionTransformer());
  CHECK(Ids(made) == Names{"input", "conv_proj", "/add", "block/block", "block.ln_1",
                           "block.attention/linear", "block.attention/scaled_dot_product_attention",
                           "block.attention", "block/add/identity", "block/add",
                           "block.mlp/layer_norm", "block.mlp/gelu", "block.mlp",
                           "block/add@1/identity", "ln", "head", "probabilities"});
  CHECK(NodeOf(made, "block.attention/scaled_dot_product_attention").title == "Attention, 2 heads");
  CHECK(NodeOf(made, "ln").title == "Add + layer norm");
  CHECK(PredecessorsOf(made, "block/block") == Names{"/add"});
  CHECK(PredecessorsOf(made, "head") == Names{"ln"});
}

TEST_CASE("tokens know where they lie on the picture", "[graph][topology]") {
  const LaidOutTopology made = Layers(VisionTransformer());
  CHECK(NodeOf(made, "conv_proj").data_kind == DataKind::kFeatureMap);
  const TopologyNode tokens = NodeOf(made, "block.mlp");
  CHECK(tokens.data_kind == DataKind::kTokens);
  CHECK(tokens.shape == Shape{17, 8});
  REQUIRE(tokens.token_grid.has_value());
  CHECK(tokens.token_grid->rows == 4);
  CHECK(tokens.token_grid->columns == 4);
  CHECK(tokens.token_grid->prefix == 1);
  CHECK(NodeOf(made, "head").data_kind == DataKind::kVector);
}

TEST_CASE("attention weights are no feature maps", "[graph][topology]") {
  B net({1, 2, 9, 4});
  const ValueId q = net.Linear(net.input(), 4);
  const ValueId k = net.Linear(net.input(), 4);
  const ValueId weights =
      net.Operator("matmul", {B::Of("self", q), B::Of("other", k)}, {1, 2, 9, 9});
  net.Output(net.Unary("softmax", net.Unary("dropout", weights)), "0");
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(NodeOf(made, "/softmax").data_kind == DataKind::kOther);
  CHECK_FALSE(NodeOf(made, "/softmax").token_grid.has_value());
}

TEST_CASE("maps with channels last are OTHER with a grid, and maps again after a permutation",
          "[graph][topology]") {
  B net({1, 3, 8, 8});
  ValueId x = net.Conv(net.input(), 6, 3);
  x = net.LayerNorm(Permute(net, x, {0, 2, 3, 1}));
  x = net.Module("mlp", "Linear", [&] { return net.Linear(x, 12); });
  const ValueId back = net.Module("back", "Permute", [&] { return Permute(net, x, {0, 3, 1, 2}); });
  net.Output(net.Conv(back, 4, 1));
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(Ids(made) == Names{"input", "/conv2d", "/layer_norm", "back", "/conv2d@1"});
  CHECK(NodeOf(made, "/layer_norm").data_kind == DataKind::kOther);
  CHECK(NodeOf(made, "/layer_norm").shape == Shape{8, 8, 6});
  CHECK(NodeOf(made, "/layer_norm").token_grid->columns == 8);
  CHECK(NodeOf(made, "back").data_kind == DataKind::kFeatureMap);
  CHECK(NodeOf(made, "back").title == "Linear 6 → 12");
}

TEST_CASE("a normalisation that permutes maps does not hide them", "[graph][topology]") {
  B net({1, 3, 8, 8});
  const ValueId conv = net.Conv(net.input(), 6, 3);
  const ValueId norm = net.Module("norm", "LayerNorm2d", [&] {
    return Permute(net, net.LayerNorm(Permute(net, conv, {0, 2, 3, 1})), {0, 3, 1, 2});
  });
  net.Output(net.Conv(net.Relu(norm), 4, 1));
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(Ids(made) == Names{"input", "/conv2d", "/relu", "/conv2d@1"});
  CHECK(NodeOf(made, "/conv2d").data_kind == DataKind::kFeatureMap);
  CHECK(NodeOf(made, "/relu").data_kind == DataKind::kFeatureMap);
  CHECK(NodeOf(made, "/relu").title == "Layer norm, 6");
}

TEST_CASE("a value whose first dimension is not the batch keeps its shape", "[graph][topology]") {
  B net({1, 3, 8, 8});
  ValueId x = net.Conv(net.input(), 6, 3);
  x = net.Operator("reshape", {B::Of("self", x)}, {4, 16, 6});
  net.Output(net.Linear(x, 5));
  const LaidOutTopology made = Layers(std::move(net).Build());
  CHECK(NodeOf(made, "/linear").data_kind == DataKind::kOther);
  CHECK(NodeOf(made, "/linear").shape == Shape{4, 16, 5});
}

// The title of the layer that `make` builds on an input of [1, 8, 16, 16].
std::string TitleOf(const std::function<ValueId(B&, ValueId)>& make) {
  B net({1, 8, 16, 16});
  net.Output(make(net, net.input()));
  return Layers(std::move(net).Build()).topology.nodes[1].title;
}

ValueId WithInts(B& net, const std::string& op, ValueId x, const std::string& name,
                 const std::vector<int64_t>& entries, const Sizes& result) {
  return net.Operator(op, {B::Of("self", x), B::Constant(name, entries)}, result);
}

TEST_CASE("titles of convolutions say what people look for", "[graph][topology]") {
  CHECK(TitleOf([](B& net, ValueId x) { return net.Conv(x, 8, 3, 1, 8); }) ==
        "Depthwise conv 3×3, 8");
  CHECK(TitleOf([](B& net, ValueId x) { return net.Conv(x, 16, 3, 2, 4); }) ==
        "Conv 3×3, 8 → 16, 4 groups, stride 2");
  CHECK(TitleOf([](B& net, ValueId x) {
          return net.Operator(
              "conv_transpose2d",
              {B::Of("input", x), B::Of("weight", net.Weight("w", {8, 4, 2, 2})),
               B::Constant("stride", std::vector<int64_t>{2, 2}), B::Constant("groups", 1)},
              {1, 4, 32, 32});
        }) == "Transposed conv 2×2, 8 → 4, stride 2");
}

TEST_CASE("titles of other layers say what people look for", "[graph][topology]") {
  CHECK(TitleOf([](B& net, ValueId x) {
          return WithInts(net, "max_pool2d", x, "kernel_size", {2}, {1, 8, 8, 8});
        }) == "Max pool 2×2, stride 2");
  CHECK(TitleOf([](B& net, ValueId x) { return net.AveragePool(x); }) == "Global average pool");
  CHECK(TitleOf([](B& net, ValueId x) {
          return WithInts(net, "mean", x, "dim", {-2, -1}, {1, 8});
        }) == "Global average pool");
  CHECK(TitleOf([](B& net, ValueId x) {
          return WithInts(net, "upsample_bilinear2d", x, "output_size", {32, 24}, {1, 8, 32, 24});
        }) == "Upsample to 32×24");
  CHECK(TitleOf([](B& net, ValueId x) { return net.Unary("my_operator", x); }) == "My operator");
  CHECK(TitleOf([](B& net, ValueId x) { return net.Unary("leaky_relu", x); }) == "Leaky ReLU");
}

TEST_CASE("settings are given as people write them", "[graph][topology]") {
  B net({1, 8, 16, 16});
  const ValueId x = net.Conv(net.input(), 8, 3, 2);
  net.Output(net.Relu(net.BatchNorm(x)));
  const TopologyNode conv = Layers(std::move(net).Build()).topology.nodes[1];
  CHECK(conv.attributes.at("kernel_size") == "3×3");
  CHECK(conv.attributes.at("stride") == "2×2");
  CHECK(conv.attributes.at("groups") == "1");
  CHECK(conv.attributes.at("in_channels") == "8");
  CHECK(conv.attributes.at("activation") == "ReLU");
  CHECK(conv.attributes.at("normalization") == "Batch norm");
  CHECK(conv.dtype == "float32");
}

}  // namespace
}  // namespace deepvision
