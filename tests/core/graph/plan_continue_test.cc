#include <ATen/TensorOperators.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/tensor.h>

#include <random>
#include <vector>

#include "core/graph/plan.h"
#include "tests/support/continued_runs.h"
#include "tests/support/operator_recorder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

at::Tensor Numbers(std::vector<float> values) {
  return at::tensor(values).view({1, static_cast<int64_t>(values.size())});
}

at::Tensor NewInput() { return Numbers({-3, 5, 7, -0.5, 2, 1}); }

TEST_CASE("a plan runs only what the available values lack", "[graph][plan]") {
  const at::Tensor x = Numbers({1, 2, 3, 4, 5, 6});
  OperatorRecorder chain(x);
  at::Tensor y = x;
  for (int i = 0; i < 4; ++i) y = chain.Call("aten::sin", "", {y});
  const auto graph = chain.Finish(y);
  const ValueId second = FindValue(*graph, "/sin@1");
  const ValueId last = FindValue(*graph, "/sin@3");
  const auto values = RunPlan(Plan::Make(graph, {second, last}), NewInput());
  const Plan rest = Plan::Continue(graph, {last}, {{second, values[0]}});
  CHECK(rest.operator_count() == 2);
  CHECK(RunPlan(rest, NewInput())[0].equal(values[1]));
  CHECK(Plan::Continue(graph, {second}, {{second, values[0]}}).operator_count() == 0);
}

TEST_CASE("what is available is handed out in execution order with what is computed",
          "[graph][plan]") {
  const at::Tensor x = NewInput();
  OperatorRecorder net(x);
  const at::Tensor a = net.Call("aten::sin", "", {x});
  const at::Tensor b = net.Call("aten::cos", "", {a});
  const at::Tensor c = net.Call("aten::exp", "", {b});
  const auto graph = net.Finish(c);
  const std::vector<ValueId> targets = {FindValue(*graph, "/exp"), FindValue(*graph, "/cos"),
                                        FindValue(*graph, "/sin")};
  const auto values = RunPlan(Plan::Make(graph, targets), x);
  const Plan plan =
      Plan::Continue(graph, targets, {{targets[0], values[0]}, {targets[2], values[2]}});
  CHECK(plan.operator_count() == 1);
  CHECK(plan.delivery_order() == std::vector<int>{2, 1, 0});
  std::vector<int> delivered;
  REQUIRE_OK(plan.Run(x, {}, [&](int target, const at::Tensor& value) {
    delivered.push_back(target);
    CHECK(value.equal(values[target]));
    return absl::OkStatus();
  }));
  CHECK(delivered == plan.delivery_order());
}

TEST_CASE("an in-place operator writes to a copy of what is available", "[graph][plan]") {
  const at::Tensor x = NewInput();
  OperatorRecorder net(x);
  const at::Tensor y = net.Call("aten::mul", "Scalar", {x, 2});
  net.Call("aten::relu_", "", {y});
  net.Call("aten::add_", "Scalar", {y, 1});
  const auto graph = net.Finish(y);
  const ValueId before = FindValue(*graph, "/mul");
  const at::Tensor value = NewInput() * 2;
  const Plan plan = Plan::Continue(graph, {FindValue(*graph, "/add")}, {{before, value}});
  CHECK(plan.operator_count() == 2);
  CHECK(RunPlan(plan, x)[0].equal(at::relu(NewInput() * 2) + 1));
  CHECK(value.equal(NewInput() * 2));
}

TEST_CASE("memory that is written under two names is computed anew", "[graph][plan]") {
  const at::Tensor x = NewInput();
  OperatorRecorder net(x);
  const at::Tensor base = net.Call("aten::mul", "Scalar", {x, 1});
  const at::Tensor view = net.Call("aten::narrow", "", {base, 1, 1, 2});
  net.Call("aten::add_", "Scalar", {base, 10});
  const at::Tensor seen = net.Call("aten::mul", "Scalar", {view, 1});
  const auto graph = net.Finish(seen);
  const auto values = RunPlan(
      Plan::Make(graph, {FindValue(*graph, "/mul"), FindValue(*graph, "/narrow")}), NewInput());
  const Plan plan = Plan::Continue(
      graph, {graph->outputs[0].value},
      {{FindValue(*graph, "/mul"), values[0]}, {FindValue(*graph, "/narrow"), values[1]}});
  CHECK(RunPlan(plan, NewInput())[0].equal(Numbers({15, 17})));
  CHECK(values[0].equal(NewInput()));
  CHECK(values[1].equal(Numbers({5, 7})));
}

TEST_CASE("a copy of a view with gaps has the view's strides", "[graph][plan]") {
  const at::Tensor x = NewInput().view({2, 3});
  OperatorRecorder net(x);
  const at::Tensor y = net.Call("aten::mul", "Scalar", {x, 1});
  const at::Tensor view = net.Call("aten::narrow", "", {y, 1, 1, 2});
  net.Call("aten::neg_", "", {view});
  const auto graph = net.Finish(y);
  const auto values = RunPlan(Plan::Make(graph, {FindValue(*graph, "/narrow")}), x);
  CHECK(values[0].strides() == c10::IntArrayRef{3, 1});
  CHECK(values[0].equal(x.slice(1, 1, 3)));
}

// A network of random operators: in-place ones, views, and reads of anything.
std::shared_ptr<const Graph> RandomNetwork(unsigned seed) {
  std::mt19937 random(seed);
  const at::Tensor x = NewInput();
  OperatorRecorder net(x);
  std::vector<at::Tensor> tensors = {x};
  const auto any = [&]() -> const at::Tensor& { return tensors[random() % tensors.size()]; };
  for (int i = 0; i < 25; ++i) {
    switch (random() % 8) {
      case 0:
        net.Call("aten::relu_", "", {any()});
        break;
      case 1:
        net.Call("aten::sub_", "Scalar", {any(), 0.25});
        break;
      case 2:
        tensors.push_back(net.Call("aten::flip", "", {any(), c10::List<int64_t>({1})}));
        break;
      case 3:
        tensors.push_back(net.Call("aten::transpose", "int", {any(), 0, 1}));
        tensors.back() = net.Call("aten::transpose", "int", {tensors.back(), 0, 1});
        break;
      case 4:
        net.Call("aten::neg_", "", {net.Call("aten::narrow", "", {any(), 1, 2, 3})});
        break;
      case 5:
        tensors.push_back(net.Call("aten::add", "Tensor", {any(), any()}));
        break;
      case 6:
        net.Call("aten::copy_", "", {any(), net.Call("aten::cos", "", {any()})});
        break;
      default:
        tensors.push_back(net.Call("aten::sin", "", {any()}));
    }
  }
  c10::impl::GenericList results(c10::TensorType::get());
  for (const at::Tensor& tensor : tensors) results.push_back(tensor);
  return net.Finish(results);
}

TEST_CASE("whatever is available, the targets are those of a full run", "[graph][plan]") {
  for (unsigned seed = 0; seed < 60; ++seed) {
    INFO("network " << seed);
    CheckContinuedRuns(RandomNetwork(seed), NewInput());
  }
}

}  // namespace
}  // namespace deepvision
