// Values that a network overwrites after somebody wanted to see them.
#include <ATen/ops/zeros.h>

#include "core/graph/plan.h"
#include "tests/networks/captured.h"
#include "tests/support/catch.h"
#include "tests/support/operator_recorder.h"

namespace deepvision {
namespace {

TEST_CASE("a convolution's value is what it was before relu_ overwrote it", "[networks]") {
  CheckCaptured(Network("def forward(self, x: Tensor) -> Tensor:\n"
                        "  return self.b.forward(self.a.forward(x).relu_())\n"
                        "def seen(self, x: Tensor) -> List[Tensor]:\n"
                        "  y = self.a.forward(x)\n"
                        "  return [y, torch.relu(y)]\n"),
                {"a", "/relu"});
}

TEST_CASE("adding in place leaves both summands as their modules returned them", "[networks]") {
  CheckCaptured(Network("def forward(self, x: Tensor) -> Tensor:\n"
                        "  y = self.a.forward(x)\n"
                        "  z = self.b.forward(y)\n"
                        "  z += y\n"
                        "  y.mul_(2)\n"
                        "  return z - y\n"
                        "def seen(self, x: Tensor) -> List[Tensor]:\n"
                        "  y = self.a.forward(x)\n"
                        "  z = self.b.forward(y)\n"
                        "  return [y, z, z + y]\n"),
                {"a", "b", "/add"});
}

TEST_CASE("assigning to a slice changes the whole but not what was captured", "[networks]") {
  CheckCaptured(Network("def forward(self, x: Tensor) -> Tensor:\n"
                        "  y = self.a.forward(x)\n"
                        "  y[:, 2] = 0.5\n"
                        "  y[:, :, 2:4] = y[:, :, 4:6] * 2\n"
                        "  return self.b.forward(y)\n"
                        "def seen(self, x: Tensor) -> List[Tensor]:\n"
                        "  return [self.a.forward(x)]\n"),
                {"a"});
}

TEST_CASE("a view taken earlier sees a later write to its base", "[networks]") {
  CheckCaptured(Network("def forward(self, x: Tensor) -> Tensor:\n"
                        "  y = self.a.forward(x)\n"
                        "  flat = y.flatten(2)\n"
                        "  y.sigmoid_()\n"
                        "  return flat * 2\n"
                        "def seen(self, x: Tensor) -> List[Tensor]:\n"
                        "  y = self.a.forward(x)\n"
                        "  return [y, y.flatten(2), torch.sigmoid(y)]\n"),
                {"a", "/flatten", "/sigmoid"});
}

TEST_CASE("a network may normalise its input in place", "[networks]") {
  CheckCaptured(Network("def forward(self, x: Tensor) -> Tensor:\n"
                        "  x.sub_(0.5).div_(0.25)\n"
                        "  return self.a.forward(x)\n"
                        "def seen(self, x: Tensor) -> List[Tensor]:\n"
                        "  y = (x - 0.5) / 0.25\n"
                        "  return [x, y, self.a.forward(y)]\n"),
                {"input", "/div", "a"});
}

TEST_CASE("values read between writes keep their moment", "[networks]") {
  CheckCaptured(Network("def forward(self, x: Tensor) -> Tensor:\n"
                        "  y = self.a.forward(x)\n"
                        "  first = self.b.forward(y)\n"
                        "  y.mul_(0.5)\n"
                        "  second = self.b.forward(y)\n"
                        "  y.zero_()\n"
                        "  return first + second + y\n"
                        "def seen(self, x: Tensor) -> List[Tensor]:\n"
                        "  y = self.a.forward(x)\n"
                        "  return [y, self.b.forward(y), self.b.forward(y * 0.5)]\n"),
                {"a", "b", "b@1"});
}

TEST_CASE("a buffer that forward counts in starts anew in every run", "[networks]") {
  ScriptedModel net = Network(
      "def unused(self, x: Tensor) -> Tensor:\n"
      "  return x\n");
  net.Buffer("counter", at::zeros({1}));
  net.Define(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "  self.counter += 1\n"
      "  return self.a.forward(x) * self.counter\n");
  const auto file = Open(net);
  const auto graph = Specialise(*file, Picture());
  const Plan plan = Plan::Make(graph, {graph->outputs.at(0).value});
  const at::Tensor expected = net.Forward(Picture()).toTensor();
  CHECK(RunPlan(plan, Picture())[0].equal(expected));
  CHECK(RunPlan(plan, Picture())[0].equal(expected));
  CHECK(RunPlan(Plan::Make(Specialise(*file, Picture()), {graph->outputs[0].value}), Picture())[0]
            .equal(expected));
}

}  // namespace
}  // namespace deepvision
