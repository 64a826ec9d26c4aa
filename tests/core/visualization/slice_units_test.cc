#include "core/visualization/slice_units.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <torch/csrc/autograd/autograd.h>

#include "tests/core/visualization/tensors.h"
#include "tests/support/operator_recorder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

at::Tensor Floats(std::vector<int64_t> sizes, uint64_t seed) {
  return Normals(std::move(sizes), seed).to(at::kFloat);
}

const c10::List<int64_t> kOne({1, 1});

// A residual block: relu(conv -> batch norm + shortcut), in place or not.
std::shared_ptr<const Graph> Block(bool in_place) {
  const std::string end = in_place ? "_" : "";
  const at::Tensor x = Floats({1, 4, 6, 6}, 1);
  OperatorRecorder net(x);
  const at::Tensor shortcut = net.Call("aten::relu", "", {x});
  at::Tensor y =
      net.Call("aten::conv2d", "", {shortcut, Floats({4, 4, 3, 3}, 2), Floats({4}, 3), kOne, kOne});
  y = net.Call("aten::batch_norm", "",
               {y, Floats({4}, 4), Floats({4}, 5), Floats({4}, 6), Floats({4}, 7).abs() + 1, false,
                0.1, 1e-5, false});
  y = net.Call("aten::add" + end, "Tensor", {y, shortcut});
  return net.Finish(net.Call("aten::relu" + end, "", {y}));
}

struct ValueAndGradient {
  at::Tensor value;
  at::Tensor gradient;
};

ValueAndGradient Run(const std::shared_ptr<const Graph>& graph, const at::Tensor& input,
                     const std::function<at::Tensor(const at::Tensor&)>& pick) {
  RunOptions options;
  options.gradients = true;
  const at::Tensor leaf = input.clone().requires_grad_(true);
  const Plan plan = Plan::Make(graph, {graph->outputs[0].value});
  const at::Tensor value = pick(RunPlan(plan, leaf, options)[0]);
  return {value.detach(), torch::autograd::grad({value.square().sum()}, {leaf})[0]};
}

TEST_CASE("a sliced block gives each sample its unit, with its gradient",
          "[visualization][slice]") {
  for (const bool in_place : {false, true}) {
    const auto graph = Block(in_place);
    const auto units = std::make_shared<SampleUnits>();
    const auto sliced = SliceToUnits(*graph, graph->outputs[0].value, DataKind::kFeatureMap, units);
    REQUIRE(sliced != nullptr);
    for (const std::vector<int>& asked : {std::vector<int>{2}, std::vector<int>{3, 0, 3}}) {
      units->units = asked;
      const at::Tensor input = Floats({static_cast<int64_t>(asked.size()), 4, 6, 6}, 8);
      const auto part = Run(sliced, input, [](const at::Tensor& v) { return v.select(1, 0); });
      const auto whole = Run(graph, input, [&](const at::Tensor& v) {
        std::vector<at::Tensor> picked;
        for (size_t i = 0; i < asked.size(); ++i) {
          picked.push_back(v[static_cast<int64_t>(i)][asked[i]]);
        }
        return at::stack(picked);
      });
      CHECK(Difference(part.value, whole.value) < 1e-5);
      CHECK(Difference(part.gradient, whole.gradient) < 1e-4);
    }
  }
}

TEST_CASE("a linear layer is sliced to its features, of tokens, too", "[visualization][slice]") {
  const at::Tensor x = Floats({1, 5, 4}, 1);
  OperatorRecorder net(x);
  const at::Tensor y = net.Call("aten::linear", "", {x, Floats({6, 4}, 2), Floats({6}, 3)});
  const auto graph = net.Finish(net.Call("aten::gelu", "", {y}));
  const auto units = std::make_shared<SampleUnits>();
  const auto sliced = SliceToUnits(*graph, graph->outputs[0].value, DataKind::kTokens, units);
  REQUIRE(sliced != nullptr);
  units->units = {4, 1};
  const at::Tensor input = Floats({2, 5, 4}, 9);
  const auto part = Run(sliced, input, [](const at::Tensor& v) { return v; });
  const auto whole = Run(graph, input, [](const at::Tensor& v) { return v; });
  CHECK(Difference(part.value[0].select(1, 0), whole.value[0].select(1, 4)) < 1e-5);
  CHECK(Difference(part.value[1].select(1, 0), whole.value[1].select(1, 1)) < 1e-5);
}

TEST_CASE("a depthwise convolution is sliced with what makes its channels",
          "[visualization][slice]") {
  const at::Tensor x = Floats({1, 3, 6, 6}, 1);
  OperatorRecorder net(x);
  const at::Tensor expanded =
      net.Call("aten::conv2d", "", {x, Floats({8, 3, 1, 1}, 2), Floats({8}, 3)});
  const at::Tensor y = net.Call("aten::relu6", "", {expanded});
  const auto graph = net.Finish(net.Call(
      "aten::conv2d", "", {y, Floats({8, 1, 3, 3}, 4), Floats({8}, 5), kOne, kOne, kOne, 8}));
  const auto units = std::make_shared<SampleUnits>();
  const auto sliced = SliceToUnits(*graph, graph->outputs[0].value, DataKind::kFeatureMap, units);
  REQUIRE(sliced != nullptr);
  units->units = {5, 0};
  const at::Tensor input = Floats({2, 3, 6, 6}, 8);
  const auto part = Run(sliced, input, [](const at::Tensor& v) { return v.select(1, 0); });
  const auto whole = Run(graph, input, [](const at::Tensor& v) {
    return at::stack({v[0][5], v[1][0]});
  });
  CHECK(Difference(part.value, whole.value) < 1e-5);
  CHECK(Difference(part.gradient, whole.gradient) < 1e-4);
}

TEST_CASE("what has no weights of its own, or another user on the way, is not sliced",
          "[visualization][slice]") {
  const auto slice = [](const std::shared_ptr<const Graph>& graph) {
    return SliceToUnits(*graph, graph->outputs[0].value, DataKind::kFeatureMap,
                        std::make_shared<SampleUnits>());
  };
  const at::Tensor x = Floats({1, 4, 6, 6}, 1);
  OperatorRecorder pooled(x);
  CHECK(slice(pooled.Finish(pooled.Call("aten::avg_pool2d", "", {x, kOne}))) == nullptr);
  OperatorRecorder grouped(x);
  const at::Tensor mixed = grouped.Call("aten::conv2d", "", {x, Floats({4, 4, 1, 1}, 2)});
  CHECK(slice(grouped.Finish(grouped.Call(
            "aten::conv2d", "", {mixed, Floats({4, 2, 3, 3}, 2), {}, kOne, kOne, kOne, 2}))) ==
        nullptr);
  OperatorRecorder used(x);
  const at::Tensor y = used.Call("aten::conv2d", "", {x, Floats({4, 4, 3, 3}, 2), {}, kOne, kOne});
  const at::Tensor gate = used.Call("aten::sigmoid", "", {y});
  CHECK(slice(used.Finish(used.Call("aten::mul", "Tensor", {y, gate}))) == nullptr);
  OperatorRecorder same(x);
  CHECK(slice(same.Finish(x)) == nullptr);
}

}  // namespace
}  // namespace deepvision
