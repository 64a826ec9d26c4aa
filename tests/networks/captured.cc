#include "tests/networks/captured.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/clone.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/sum.h>
#include <torch/csrc/autograd/autograd.h>

#include <optional>

#include "core/graph/plan.h"
#include "core/graph/tensors_in.h"
#include "tests/support/continued_runs.h"
#include "tests/support/folder.h"
#include "tests/support/operator_recorder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

at::Tensor Numbers(c10::IntArrayRef sizes, double step) {
  const at::Tensor positions = at::arange(c10::multiply_integers(sizes)).to(c10::kFloat);
  return at::sin(positions.mul(step).add(0.5)).view(sizes);
}

std::vector<at::Tensor> TensorsOf(const c10::IValue& value) {
  std::vector<at::Tensor> tensors;
  if (value.isGenericDict()) {
    for (const auto& entry : value.toGenericDict()) tensors.push_back(entry.value().toTensor());
  } else {
    ForEachTensor(value, [&](const at::Tensor& tensor) { tensors.push_back(tensor); });
  }
  return tensors;
}

void CheckEqual(const std::string& what, const at::Tensor& value, const at::Tensor& expected) {
  INFO(what);
  REQUIRE(value.sizes() == expected.sizes());
  CHECK(at::equal(value, expected));
}

at::Tensor GradientOfSum(const at::Tensor& value, const at::Tensor& leaf) {
  return torch::autograd::grad({at::sum(value)}, {leaf}).at(0);
}

// Eager mode has no derivative where a value that it needs was overwritten.
std::optional<at::Tensor> OwnGradient(const ScriptedModel& net, const at::Tensor& input) {
  const at::Tensor leaf = at::clone(input).requires_grad_(true);
  const at::Tensor output = TensorsOf(net.Forward(at::clone(leaf))).at(0);
  try {
    return GradientOfSum(output, leaf);
  } catch (const c10::Error&) {
    return std::nullopt;
  }
}

void CheckGradient(const ScriptedModel& net, const std::shared_ptr<const Graph>& graph,
                   const at::Tensor& input) {
  const ValueId output = graph->outputs.at(0).value;
  if (!graph->values[output].differentiable) return;
  const std::optional<at::Tensor> expected = OwnGradient(net, input);
  if (!expected) return;
  const at::Tensor leaf = at::clone(input).requires_grad_(true);
  RunOptions options;
  options.gradients = true;
  at::Tensor value;
  REQUIRE_OK(Plan::Make(graph, {output}).Run(leaf, options, [&](int, const at::Tensor& target) {
    value = target;
    return absl::OkStatus();
  }));
  CheckEqual("gradient", GradientOfSum(value, leaf), *expected);
}

}  // namespace

at::Tensor Picture(int seed) { return Numbers({1, 3, 8, 8}, 1.7 * seed); }

ScriptedModel Convolution(int64_t in, int64_t out, int seed) {
  ScriptedModel conv("Conv2d");
  conv.Parameter("weight", Numbers({out, in, 3, 3}, 12.9898 * seed));
  conv.Define(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "  return torch.conv2d(x, self.weight, None, [1, 1], [1, 1])\n");
  return conv;
}

ScriptedModel Network(const std::string& source) {
  ScriptedModel net("Net");
  net.Child("a", Convolution(3, 4, 1)).Child("b", Convolution(4, 4, 2)).Define(source);
  return net;
}

std::unique_ptr<ModelFile> Open(const ScriptedModel& net) {
  const TestFolder folder;
  const std::string path = folder.path() / "network.pt";
  net.Save(path);
  auto file = ModelFile::Open(path, "");
  REQUIRE_OK(file);
  return *std::move(file);
}

std::shared_ptr<const Graph> Specialise(const ModelFile& file, const at::Tensor& input) {
  auto graph = file.Specialise(input);
  REQUIRE_OK(graph);
  return *std::move(graph);
}

void CheckCaptured(const ScriptedModel& net, const std::shared_ptr<const Graph>& graph,
                   const std::vector<std::string>& ids, const at::Tensor& input) {
  std::vector<ValueId> targets;
  for (const std::string& id : ids) {
    INFO("id " << id);
    targets.push_back(FindValue(*graph, id));
    REQUIRE(targets.back() != kNone);
  }
  for (const NamedValue& output : graph->outputs) targets.push_back(output.value);
  const std::vector<at::Tensor> values = RunPlan(Plan::Make(graph, targets), input);
  std::vector<at::Tensor> expected = TensorsOf(net.Call("seen", at::clone(input)));
  REQUIRE(expected.size() == ids.size());
  for (const at::Tensor& output : TensorsOf(net.Forward(at::clone(input)))) {
    expected.push_back(output);
  }
  REQUIRE(values.size() == expected.size());
  for (size_t i = 0; i < values.size(); ++i) {
    CheckEqual(i < ids.size() ? ids[i] : "output", values[i], expected[i]);
  }
  CheckGradient(net, graph, input);
  CheckContinuedRuns(graph, input, 10);
}

void CheckCaptured(const ScriptedModel& net, const std::vector<std::string>& ids) {
  const auto file = Open(net);
  const auto graph = Specialise(*file, Picture());
  CheckCaptured(net, graph, ids, Picture());
  CheckCaptured(net, graph, ids, Picture(2));
}

}  // namespace deepvision
