#include "core/visualization/redirect_relu.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <torch/csrc/autograd/autograd.h>

#include "tests/support/operator_recorder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

// x * 2, then the operator.
std::shared_ptr<const Graph> NetworkWith(const std::string& op,
                                         const std::vector<c10::IValue>& more = {}) {
  const at::Tensor x = at::tensor({-1.0F, 2.0F, -3.0F}).view({1, 3});
  OperatorRecorder net(x);
  std::vector<c10::IValue> arguments = {net.Call("aten::mul", "Scalar", {x, 2})};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return net.Finish(net.Call("aten::" + op, "", arguments));
}

// The gradient at two samples of a sum weighted by `slopes`.
at::Tensor Gradient(const std::shared_ptr<const Graph>& graph, const at::Tensor& slopes) {
  const at::Tensor input =
      at::tensor({-1.0F, -2.0F, -3.0F, -1.0F, 2.0F, -3.0F}).view({2, 3}).requires_grad_(true);
  RunOptions options;
  options.gradients = true;
  const at::Tensor value = RunPlan(Plan::Make(graph, {graph->outputs[0].value}), input, options)[0];
  return torch::autograd::grad({(value * slopes).sum()}, {input})[0];
}

at::Tensor Rows(std::vector<float> numbers) { return at::tensor(numbers).view({2, 3}); }

TEST_CASE("where no gradient passes a ReLU, it passes unless it pushes down", "[visualization]") {
  const at::Tensor slopes = Rows({-1, 1, -1, -1, -1, -1});
  for (const char* op : {"relu", "relu_", "relu6", "relu6_"}) {
    INFO(op);
    const auto graph = NetworkWith(op);
    const auto samples = std::make_shared<RedirectedSamples>();
    const auto redirected = RedirectReluGradients(*graph, samples);
    CHECK(Gradient(redirected, slopes).equal(Gradient(graph, slopes)));
    samples->redirected = {true, true};
    // The first sample is dead; its gradient makes the loss smaller by going up, but
    // for its second number. The second sample is not dead.
    CHECK(Gradient(redirected, slopes).equal(Rows({-2, 0, -2, 0, -2, 0})));
    samples->redirected = {false, true};
    CHECK(Gradient(redirected, slopes).equal(Gradient(graph, slopes)));
  }
}

TEST_CASE("above six a ReLU6 lets pass what pushes down", "[visualization]") {
  const auto samples = std::make_shared<RedirectedSamples>();
  const auto graph = RedirectReluGradients(*NetworkWith("hardtanh_", {0, 3}), samples);
  samples->redirected = {true, true};
  // Second sample: 2 * 2 is above 3.
  CHECK(Gradient(graph, Rows({1, 1, 1, 1, 1, 1})).equal(Rows({0, 0, 0, 0, 2, 0})));
  CHECK(Gradient(graph, Rows({1, 1, 1, 1, -1, 1})).equal(Rows({0, 0, 0, 0, 0, 0})));
}

TEST_CASE("redirecting leaves the values and other operators as they are", "[visualization]") {
  const auto samples = std::make_shared<RedirectedSamples>();
  samples->redirected = {true, true};
  for (const char* op : {"relu", "relu_", "relu6", "tanh"}) {
    const auto graph = NetworkWith(op);
    const auto redirected = RedirectReluGradients(*graph, samples);
    const at::Tensor input = at::tensor({-1.0F, 2.0F, 5.0F, 0.0F, 1.0F, -7.0F}).view({2, 3});
    const auto run = [&](const std::shared_ptr<const Graph>& g) {
      RunOptions options;
      options.gradients = true;
      const at::Tensor leaf = input.clone().requires_grad_(true);
      return RunPlan(Plan::Make(g, {g->outputs[0].value}), leaf, options)[0].detach();
    };
    CHECK(run(redirected).equal(run(graph)));
  }
  const auto tanh = NetworkWith("tanh");
  const at::Tensor slopes = Rows({1, 1, 1, 1, 1, 1});
  CHECK(Gradient(RedirectReluGradients(*tanh, samples), slopes).equal(Gradient(tanh, slopes)));
}

}  // namespace
}  // namespace deepvision
