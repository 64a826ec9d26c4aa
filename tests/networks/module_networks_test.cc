// Modules called twice, containers as results, inputs with defaults, constants.
#include <ATen/ops/ones.h>

#include "core/graph/plan.h"
#include "tests/networks/captured.h"
#include "tests/support/catch.h"

namespace deepvision {
namespace {

TEST_CASE("each call of a module has its own value", "[networks]") {
  CheckCaptured(Network("def forward(self, x: Tensor) -> Tensor:\n"
                        "  y = self.b.forward(self.a.forward(x))\n"
                        "  return self.b.forward(torch.relu(y))\n"
                        "def seen(self, x: Tensor) -> List[Tensor]:\n"
                        "  y = self.b.forward(self.a.forward(x))\n"
                        "  return [y, self.b.forward(torch.relu(y))]\n"),
                {"b", "b@1"});
}

TEST_CASE("parts of a tuple and of a dictionary are addressed by place and key", "[networks]") {
  ScriptedModel pair("Pair");
  pair.Child("conv", Convolution(3, 4, 3));
  pair.Define(
      "def forward(self, x: Tensor) -> Tuple[Tensor, Dict[str, Tensor]]:\n"
      "  y = self.conv.forward(x)\n"
      "  return y.relu(), {\"mean\": y.mean(1), \"raw\": y}\n");
  ScriptedModel net("Net");
  net.Child("pair", pair)
      .Define(
          "def forward(self, x: Tensor) -> Dict[str, Tensor]:\n"
          "  y, parts = self.pair.forward(x)\n"
          "  return {\"sum\": y + parts[\"raw\"], \"mean\": parts[\"mean\"]}\n"
          "def seen(self, x: Tensor) -> List[Tensor]:\n"
          "  y = self.pair.conv.forward(x)\n"
          "  return [y.relu(), y.mean(1), y]\n");
  CheckCaptured(net, {"pair:0", "pair:1.mean", "pair:1.raw"});
}

TEST_CASE("lists that forward fills carry their tensors along", "[networks]") {
  CheckCaptured(Network("def forward(self, x: Tensor) -> Tensor:\n"
                        "  all = [self.a.forward(x)]\n"
                        "  for i in range(2):\n"
                        "    all.append(self.b.forward(all[-1]))\n"
                        "  all.pop(0)\n"
                        "  return torch.cat(all, 1)\n"
                        "def seen(self, x: Tensor) -> List[Tensor]:\n"
                        "  y = self.b.forward(self.a.forward(x))\n"
                        "  return [y, self.b.forward(y)]\n"),
                {"b", "b@1"});
}

TEST_CASE("further inputs take their defaults", "[networks]") {
  CheckCaptured(
      Network(
          "def forward(self, x: Tensor, mask: Optional[Tensor]=None, by: float=3.0) -> Tensor:\n"
          "  y = self.a.forward(x)\n"
          "  if mask is not None:\n"
          "    y = y * mask\n"
          "  return y * by\n"
          "def seen(self, x: Tensor) -> List[Tensor]:\n"
          "  return [self.a.forward(x)]\n"),
      {"a"});
}

TEST_CASE("values that do not depend on the input are constants, with their names", "[networks]") {
  ScriptedModel table("Table");
  table.Parameter("scale", at::ones({4, 1, 1}));
  table.Define("def forward(self) -> Tensor:\n  return self.scale.exp() + 1\n");
  ScriptedModel net = Network("def unused(self, x: Tensor) -> Tensor:\n  return x\n");
  net.Child("table", table)
      .Define(
          "def forward(self, x: Tensor) -> Tensor:\n"
          "  return self.a.forward(x) * self.table.forward()\n"
          "def seen(self, x: Tensor) -> List[Tensor]:\n"
          "  return [self.table.forward()]\n");
  CheckCaptured(net, {"table"});
  const auto graph = Specialise(*Open(net), Picture());
  CHECK(graph->values[FindValue(*graph, "table")].constant.has_value());
}

TEST_CASE("weights of equal content keep their own names", "[networks]") {
  ScriptedModel net("Net");
  net.Child("one", Convolution(3, 3, 5)).Child("two", Convolution(3, 3, 5));
  net.Define(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "  return self.two.forward(self.one.forward(x))\n");
  const auto graph = Specialise(*Open(net), Picture());
  std::vector<std::string> names;
  for (const Node& node : graph->nodes) {
    names.push_back(graph->values[FindArgument(node, "weight")->value].weight_name);
  }
  CHECK(names == std::vector<std::string>{"one.weight", "two.weight"});
}

TEST_CASE("a network with noise inside says so", "[networks]") {
  const ScriptedModel net = Network(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "  if self.training:\n"
      "    return x\n"
      "  return torch.dropout(self.a.forward(x), 0.5, True)\n");
  const auto graph = Specialise(*Open(net), Picture());
  CHECK(graph->random);
  CHECK_FALSE(graph->warnings.empty());
}

TEST_CASE("the kernel is chosen as for weights that want gradients", "[networks]") {
  ScriptedModel net("Net");
  net.Parameter("weight", Picture().view({3, 64}).narrow(1, 0, 8).contiguous());
  net.Define(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "  return torch.linear(x.permute([0, 2, 3, 1])[:, :, :, [0, 1, 2, 0, 1, 2, 0, 1]], "
      "self.weight)\n"
      "def seen(self, x: Tensor) -> List[Tensor]:\n"
      "  return [self.forward(x)]\n");
  CheckCaptured(net, {"/linear"});
}

}  // namespace
}  // namespace deepvision
