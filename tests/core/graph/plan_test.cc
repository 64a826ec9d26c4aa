#include "core/graph/plan.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/tensor.h>
#include <torch/csrc/autograd/autograd.h>

#include "tests/support/operator_recorder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

at::Tensor Numbers(std::vector<float> values) {
  return at::tensor(values).view({1, static_cast<int64_t>(values.size())});
}

at::Tensor NewInput() { return Numbers({-3, 5, 7}); }

TEST_CASE("a value captured before an in-place write keeps what it was", "[graph][plan]") {
  const at::Tensor x = Numbers({-1, 2, -3});
  OperatorRecorder net(x);
  const at::Tensor y = net.Call("aten::mul", "Scalar", {x, 2});
  net.Call("aten::relu_", "", {y});
  const auto graph = net.Finish(y);
  const Plan plan = Plan::Make(graph, {FindValue(*graph, "/mul"), FindValue(*graph, "/relu")});
  const auto targets = RunPlan(plan, NewInput());
  CHECK(targets[0].equal(NewInput() * 2));
  CHECK(targets[1].equal(at::relu(NewInput() * 2)));
}

TEST_CASE("a view shows what was written to its base, and the base what was written to it",
          "[graph][plan]") {
  const at::Tensor x = Numbers({1, 2, 3});
  OperatorRecorder net(x);
  const at::Tensor base = net.Call("aten::mul", "Scalar", {x, 1});
  const at::Tensor view = net.Call("aten::narrow", "", {base, 1, 1, 2});
  net.Call("aten::add_", "Scalar", {base, 10});
  const at::Tensor seen = net.Call("aten::mul", "Scalar", {view, 1});
  net.Call("aten::zero_", "", {view});
  const at::Tensor last = net.Call("aten::mul", "Scalar", {base, 1});
  const auto graph = net.Finish(c10::ivalue::Tuple::create({seen, last}));
  const auto targets =
      RunPlan(Plan::Make(graph, {graph->outputs[0].value, graph->outputs[1].value}), NewInput());
  CHECK(targets[0].equal(Numbers({15, 17})));
  CHECK(targets[1].equal(Numbers({7, 0, 0})));
}

TEST_CASE("the caller's input is never written", "[graph][plan]") {
  const at::Tensor x = Numbers({1, 2, 3});
  OperatorRecorder net(x);
  net.Call("aten::mul_", "Scalar", {x, -1});
  const at::Tensor y = net.Call("aten::relu", "", {x});
  const auto graph = net.Finish(y);
  const at::Tensor input = NewInput();
  const auto targets = RunPlan(Plan::Make(graph, {graph->outputs[0].value, graph->input}), input);
  CHECK(input.equal(NewInput()));
  CHECK(targets[0].equal(Numbers({3, 0, 0})));
  CHECK(targets[1].equal(NewInput()));
}

TEST_CASE("nothing behind the last target runs, and nothing beside it", "[graph][plan]") {
  const at::Tensor x = Numbers({1, 2, 3});
  OperatorRecorder net(x);
  const at::Tensor a = net.Call("aten::relu", "", {x});
  const at::Tensor beside = net.Call("aten::neg", "", {a});
  const at::Tensor b = net.Call("aten::exp", "", {a});
  const at::Tensor c = net.Call("aten::add", "Tensor", {b, beside});
  const auto graph = net.Finish(c);
  CHECK(Plan::Make(graph, {FindValue(*graph, "/relu")}).operator_count() == 1);
  CHECK(Plan::Make(graph, {FindValue(*graph, "/exp")}).operator_count() == 2);
  CHECK(Plan::Make(graph, {FindValue(*graph, "/add")}).operator_count() == 4);
}

TEST_CASE("what does not depend on the input is computed once", "[graph][recording]") {
  const at::Tensor x = Numbers({1, 2, 3});
  OperatorRecorder net(x);
  const at::Tensor table = net.Call("aten::ones", "", {c10::List<int64_t>({1, 3})});
  net.Call("aten::mul_", "Scalar", {table, 4});
  const at::Tensor y = net.Call("aten::add", "Tensor", {x, table});
  const auto graph = net.Finish(y);
  CHECK(graph->nodes.size() == 1);
  CHECK(RunPlan(Plan::Make(graph, {graph->outputs[0].value}), NewInput())[0].equal(NewInput() + 4));
}

TEST_CASE("a buffer that the network fills from the input is made anew in every run",
          "[graph][recording]") {
  const at::Tensor x = Numbers({1, 2, 3});
  OperatorRecorder net(x);
  const at::Tensor buffer = net.Call("aten::zeros", "", {c10::List<int64_t>({1, 4})});
  const at::Tensor part = net.Call("aten::narrow", "", {buffer, 1, 1, 3});
  net.Call("aten::copy_", "", {part, x});
  const at::Tensor y = net.Call("aten::mul", "Scalar", {buffer, 1});
  const auto graph = net.Finish(y);
  const Plan plan = Plan::Make(graph, {graph->outputs[0].value});
  CHECK(RunPlan(plan, Numbers({1, 1, 1}))[0].equal(Numbers({0, 1, 1, 1})));
  CHECK(RunPlan(plan, NewInput())[0].equal(Numbers({0, -3, 5, 7})));
}

TEST_CASE("a constant that is read between two writes is read as it was then",
          "[graph][recording]") {
  const at::Tensor x = Numbers({1, 2, 3});
  OperatorRecorder net(x);
  const at::Tensor table = net.Call("aten::ones", "", {c10::List<int64_t>({1, 3})});
  const at::Tensor first = net.Call("aten::mul", "Tensor", {x, table});
  net.Call("aten::fill_", "Scalar", {table, 100});
  const at::Tensor second = net.Call("aten::mul", "Tensor", {x, table});
  const auto graph = net.Finish(c10::ivalue::Tuple::create({first, second}));
  const Plan plan = Plan::Make(graph, {graph->outputs[0].value, graph->outputs[1].value});
  for (int run = 0; run < 2; ++run) {
    const auto targets = RunPlan(plan, NewInput());
    CHECK(targets[0].equal(NewInput()));
    CHECK(targets[1].equal(NewInput() * 100));
  }
}

TEST_CASE("a run for another way through the control flow is aborted", "[graph][plan]") {
  const at::Tensor x = Numbers({1, 2, 3});
  OperatorRecorder net(x);
  const at::Tensor sum = net.Call("aten::sum", "", {x});
  const at::Tensor positive = net.Call("aten::gt", "Scalar", {sum, 0});
  CHECK(net.Read("aten::is_nonzero", positive).toBool());
  const at::Tensor y = net.Call("aten::relu", "", {x});
  const auto graph = net.Finish(y);
  const auto ignore = [](int, const at::Tensor&) { return absl::OkStatus(); };
  const Plan plan = Plan::Make(graph, {graph->outputs[0].value});
  REQUIRE_OK(plan.Run(Numbers({5, 5, 5}), {}, ignore));
  CHECK_STATUS(plan.Run(Numbers({-5, -5, -5}), {}, ignore), absl::StatusCode::kAborted, "decided");
  CHECK_STATUS(Plan::MakeGuardCheck(graph).Run(Numbers({-5, -5, -5}), {}, ignore),
               absl::StatusCode::kAborted, "decided");
}

TEST_CASE("a target is delivered before the next operator runs, and an error stops the run",
          "[graph][plan]") {
  const at::Tensor x = Numbers({1, 2, 3});
  OperatorRecorder net(x);
  const at::Tensor a = net.Call("aten::relu", "", {x});
  const at::Tensor b = net.Call("aten::exp", "", {a});
  const auto graph = net.Finish(b);
  const Plan plan = Plan::Make(graph, {FindValue(*graph, "/exp"), FindValue(*graph, "/relu")});
  CHECK(plan.delivery_order() == std::vector<int>{1, 0});
  std::vector<int> delivered;
  CHECK_STATUS(plan.Run(NewInput(), {},
                        [&](int target, const at::Tensor&) -> absl::Status {
                          delivered.push_back(target);
                          return absl::DataLossError("enough");
                        }),
               absl::StatusCode::kDataLoss, "enough");
  CHECK(delivered == std::vector<int>{1});
}

TEST_CASE("a cancelled run stops before the next operator", "[graph][plan]") {
  const at::Tensor x = Numbers({1, 2, 3});
  OperatorRecorder net(x);
  const at::Tensor a = net.Call("aten::relu", "", {x});
  const at::Tensor b = net.Call("aten::exp", "", {a});
  const auto graph = net.Finish(b);
  const Plan plan = Plan::Make(graph, {FindValue(*graph, "/relu"), FindValue(*graph, "/exp")});
  bool cancelled = false;
  RunOptions options;
  options.go_on = [&] { return !cancelled; };
  std::vector<int> delivered;
  CHECK_STATUS(plan.Run(NewInput(), options,
                        [&](int target, const at::Tensor&) {
                          delivered.push_back(target);
                          cancelled = true;
                          return absl::OkStatus();
                        }),
               absl::StatusCode::kCancelled, "cancelled");
  CHECK(delivered == std::vector<int>{0});
}

TEST_CASE("the way back passes by where the way there did", "[graph][plan]") {
  const at::Tensor x = Numbers({1, 2, 3});
  OperatorRecorder net(x);
  const at::Tensor a = net.Call("aten::exp", "", {x});
  const at::Tensor b = net.Call("aten::mul", "Scalar", {a, 2});
  net.Call("aten::relu_", "", {b});
  const auto graph = net.Finish(net.Call("aten::view", "", {b, std::vector<int64_t>{3, 1}}));
  const Plan plan = Plan::Make(graph, {FindValue(*graph, "/view")});
  const at::Tensor input = NewInput().requires_grad_(true);
  int calls = 0;
  const RunOptions options{.gradients = true, .go_on = [&] { return ++calls <= 4; }};
  const at::Tensor target = RunPlan(plan, input, options)[0];
  CHECK(calls == 4);
  const at::Tensor gradient = torch::autograd::grad({target.sum()}, {input})[0];
  CHECK(at::allclose(gradient, NewInput().exp() * 2));
  CHECK(calls >= 7);  // what is written in place may not be seen twice
}

TEST_CASE("gradients flow from a captured value to the input, through later writes",
          "[graph][plan]") {
  const at::Tensor x = Numbers({-1, 2, -3});
  OperatorRecorder net(x);
  const at::Tensor y = net.Call("aten::mul", "Scalar", {x, 2});
  net.Call("aten::relu_", "", {y});
  const auto graph = net.Finish(y);
  const Plan plan = Plan::Make(graph, {FindValue(*graph, "/mul"), FindValue(*graph, "/relu")});
  const at::Tensor input = NewInput().requires_grad_(true);
  RunOptions options;
  options.gradients = true;
  const auto targets = RunPlan(plan, input, options);
  const auto gradient = [&](const at::Tensor& target) {
    return torch::autograd::grad({target.sum()}, {input}, {}, /*retain_graph=*/true)[0];
  };
  CHECK(gradient(targets[0]).equal(Numbers({2, 2, 2})));
  CHECK(gradient(targets[1]).equal(Numbers({0, 2, 2})));
}

}  // namespace
}  // namespace deepvision
