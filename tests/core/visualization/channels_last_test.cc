#include "core/visualization/channels_last.h"

#include <torch/csrc/autograd/autograd.h>

#include <vector>

#include "tests/core/visualization/tensors.h"
#include "tests/support/operator_recorder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

const c10::List<int64_t> kOne({1, 1});

at::Tensor Floats(std::vector<int64_t> sizes, uint64_t seed) {
  return Normals(std::move(sizes), seed).to(at::kFloat);
}

std::vector<ValueId> OutputsOf(const Graph& graph) { return {graph.outputs[0].value}; }

std::shared_ptr<const Graph> LaidOut(const std::shared_ptr<const Graph>& graph) {
  return UseChannelsLast(*graph, OutputsOf(*graph));
}

at::Tensor Convolve(OperatorRecorder& net, const at::Tensor& x, uint64_t seed) {
  return net.Call("aten::conv2d", "", {x, Floats({8, x.size(1), 3, 3}, seed), {}, kOne, kOne});
}

bool HasChannelsLast(const std::shared_ptr<const Graph>& graph, const at::Tensor& input) {
  at::Tensor output;
  const Plan plan = Plan::Make(graph, OutputsOf(*graph));
  REQUIRE_OK(plan.Run(input, {}, [&](int, const at::Tensor& value) {
    output = value;
    return absl::OkStatus();
  }));
  return output.dim() == 4 && output.is_contiguous(at::MemoryFormat::ChannelsLast);
}

struct ValueAndGradient {
  at::Tensor value;
  at::Tensor gradient;
};

ValueAndGradient Run(const std::shared_ptr<const Graph>& graph, const at::Tensor& input) {
  RunOptions options;
  options.gradients = true;
  const at::Tensor leaf = input.clone().requires_grad_(true);
  const at::Tensor value = RunPlan(Plan::Make(graph, OutputsOf(*graph)), leaf, options)[0];
  return {value.detach(), torch::autograd::grad({value.square().sum()}, {leaf})[0]};
}

double RelativeDifference(const at::Tensor& value, const at::Tensor& expected) {
  return Difference(value, expected) / expected.abs().max().item<double>();
}

void CheckSame(const std::shared_ptr<const Graph>& graph, const at::Tensor& input) {
  const ValueAndGradient one = Run(graph, input), other = Run(LaidOut(graph), input);
  CHECK(RelativeDifference(other.value, one.value) < 1e-5);
  CHECK(RelativeDifference(other.gradient, one.gradient) < 1e-5);
}

TEST_CASE("feature maps lie with their channels last, and mean the same",
          "[visualization][layout]") {
  const at::Tensor x = Floats({1, 3, 6, 6}, 1);
  OperatorRecorder net(x);
  at::Tensor y = net.Call("aten::relu_", "", {Convolve(net, x, 2)});
  y = net.Call("aten::add", "Tensor", {y, Convolve(net, y, 3)});
  y = net.Call("aten::max_pool2d", "", {y, c10::List<int64_t>({2, 2})});
  const auto graph = net.Finish(net.Call("aten::hardswish", "", {y}));
  CHECK(HasChannelsLast(LaidOut(graph), Floats({2, 3, 6, 6}, 4)));
  CHECK_FALSE(HasChannelsLast(graph, Floats({2, 3, 6, 6}, 4)));
  CheckSame(graph, Floats({2, 3, 6, 6}, 4));
}

TEST_CASE("a view of a feature map becomes a copy where it must", "[visualization][layout]") {
  const at::Tensor x = Floats({1, 3, 6, 6}, 1);
  OperatorRecorder net(x);
  const at::Tensor y = Convolve(net, x, 2);
  const at::Tensor flat = net.Call("aten::view", "", {y, c10::List<int64_t>({-1, 288})});
  const auto graph = net.Finish(net.Call("aten::linear", "", {flat, Floats({5, 288}, 3)}));
  CHECK(LaidOut(graph)->nodes[0].arguments[1].argument.kind == Argument::Kind::kConstant);
  CheckSame(graph, Floats({2, 3, 6, 6}, 4));
}

TEST_CASE("a write through a view keeps the layout of the file", "[visualization][layout]") {
  const at::Tensor x = Floats({1, 3, 6, 6}, 1);
  OperatorRecorder net(x);
  const at::Tensor y = Convolve(net, x, 2);
  const at::Tensor flat = net.Call("aten::flatten", "using_ints", {y, 1, -1});
  net.Call("aten::relu_", "", {flat});
  const auto graph = net.Finish(net.Call("aten::mul", "Tensor", {y, y}));
  CHECK_FALSE(HasChannelsLast(LaidOut(graph), x));
  CheckSame(graph, Floats({1, 3, 6, 6}, 4));
}

TEST_CASE("an operator that might ask for the layout, and other numbers, keep that of the file",
          "[visualization][layout]") {
  const at::Tensor x = Floats({1, 3, 6, 6}, 1);
  OperatorRecorder strided(x);
  const at::Tensor y = Convolve(strided, x, 2);
  const at::Tensor part =
      strided.Call("aten::as_strided", "", {y, c10::List<int64_t>({4}), c10::List<int64_t>({2})});
  const auto graph = strided.Finish(strided.Call("aten::relu", "", {part}));
  CHECK(LaidOut(graph)->nodes[0].arguments[1].argument.kind == Argument::Kind::kValue);

  const at::Tensor wide = Normals({1, 3, 6, 6}, 1);
  OperatorRecorder doubles(wide);
  const auto of_doubles = doubles.Finish(
      doubles.Call("aten::conv2d", "", {wide, Normals({8, 3, 3, 3}, 2), {}, kOne, kOne}));
  CHECK_FALSE(HasChannelsLast(LaidOut(of_doubles), wide));
}

TEST_CASE("only what the targets need decides", "[visualization][layout]") {
  const at::Tensor x = Floats({1, 3, 6, 6}, 1);
  OperatorRecorder net(x);
  const at::Tensor y = Convolve(net, x, 2);
  const auto graph = net.Finish(
      net.Call("aten::as_strided", "", {y, c10::List<int64_t>({4}), c10::List<int64_t>({2})}));
  const ValueId target = FindValue(*graph, "/conv2d");
  REQUIRE(target != kNone);
  const auto laid_out = UseChannelsLast(*graph, {target});
  CHECK(laid_out->nodes[0].arguments[1].argument.kind == Argument::Kind::kConstant);
}

}  // namespace
}  // namespace deepvision
