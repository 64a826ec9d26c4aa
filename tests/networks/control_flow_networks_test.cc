// Branches, loops and shapes that depend on the input.
#include <ATen/ops/abs.h>

#include "core/graph/plan.h"
#include "tests/networks/captured.h"
#include "tests/support/catch.h"

namespace deepvision {
namespace {

at::Tensor Positive() { return at::abs(Picture()); }
at::Tensor Negative() { return at::abs(Picture()).neg(); }

absl::Status RunOutput(const std::shared_ptr<const Graph>& graph, const at::Tensor& input) {
  return Plan::Make(graph, {graph->outputs.at(0).value}).Run(input, {}, [](int, const at::Tensor&) {
    return absl::OkStatus();
  });
}

// A graph made for one input is right for it, and refuses the other.
void CheckBothWays(const ScriptedModel& net, const std::vector<std::string>& ids,
                   const at::Tensor& one, const at::Tensor& other) {
  const auto file = Open(net);
  const auto graph = Specialise(*file, one);
  CheckCaptured(net, graph, ids, one);
  CHECK(RunOutput(graph, other).code() == absl::StatusCode::kAborted);
}

TEST_CASE("a branch on data is guarded and taken anew for another input", "[networks]") {
  const ScriptedModel net = Network(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "  y = self.a.forward(x)\n"
      "  if bool(x.sum() > 0):\n"
      "    y = self.b.forward(y)\n"
      "  return y * 2\n"
      "def seen(self, x: Tensor) -> List[Tensor]:\n"
      "  return [self.a.forward(x)]\n");
  CheckBothWays(net, {"a"}, Positive(), Negative());
  CheckBothWays(net, {"a"}, Negative(), Positive());
}

TEST_CASE("an early return is guarded although its value was there before", "[networks]") {
  const ScriptedModel net = Network(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "  y = self.a.forward(x)\n"
      "  if bool(x.sum() < 0):\n"
      "    return y\n"
      "  return self.b.forward(y)\n"
      "def seen(self, x: Tensor) -> List[Tensor]:\n"
      "  return [self.a.forward(x)]\n");
  CheckBothWays(net, {"a"}, Negative(), Positive());
  CheckBothWays(net, {"a"}, Positive(), Negative());
}

TEST_CASE("a loop that stops by data is unrolled and guarded", "[networks]") {
  const ScriptedModel net = Network(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "  y = self.a.forward(x)\n"
      "  while bool(y.abs().max() > 0.5):\n"
      "    y = self.b.forward(y) * 0.01\n"
      "  return y\n"
      "def seen(self, x: Tensor) -> List[Tensor]:\n"
      "  y = self.a.forward(x)\n"
      "  return [y, self.b.forward(y)]\n");
  CheckBothWays(net, {"a", "b"}, Picture(), Picture().mul(1e-4));
}

TEST_CASE("a loop over shapes is unrolled", "[networks]") {
  CheckCaptured(Network("def forward(self, x: Tensor) -> Tensor:\n"
                        "  y = self.a.forward(x)\n"
                        "  while y.size(3) > 2:\n"
                        "    y = torch.max_pool2d(self.b.forward(y), [2, 2])\n"
                        "  return y\n"
                        "def seen(self, x: Tensor) -> List[Tensor]:\n"
                        "  y = self.b.forward(self.a.forward(x))\n"
                        "  return [y, self.b.forward(torch.max_pool2d(y, [2, 2]))]\n"),
                {"b", "b@1"});
}

TEST_CASE("a number of pixels that depends on the picture is guarded", "[networks]") {
  const ScriptedModel net = Network(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "  y = self.a.forward(x)\n"
      "  chosen = torch.masked_select(y, y > 0)\n"
      "  return y * float(chosen.size(0))\n"
      "def seen(self, x: Tensor) -> List[Tensor]:\n"
      "  y = self.a.forward(x)\n"
      "  return [y, torch.masked_select(y, y > 0)]\n");
  CheckBothWays(net, {"a", "/masked_select"}, Picture(), Picture(2));
}

}  // namespace
}  // namespace deepvision
