// The committed network, run by PyTorch's own interpreter: what is in the file.
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/python/update_graph_executor_opt.h>
#include <torch/csrc/jit/serialization/import.h>

#include "datasets/shapes/generator/shapes.h"
#include "projects/demo/train/samples.h"
#include "tests/support/catch.h"

namespace deepvision::demo {
namespace {

torch::jit::Module LoadDemo() {
  torch::jit::setGraphExecutorOptimize(false);
  return torch::jit::load(REPOSITORY "/projects/demo/demo.pt");
}

double DemoAccuracy(uint64_t seed, int per_class) {
  torch::jit::Module network = LoadDemo();
  return Accuracy([&](const at::Tensor& x) { return network.forward({x}).toTensor(); }, seed,
                  per_class);
}

TEST_CASE("the demo network names 95 of 100 held-out pictures rightly", "[projects]") {
  CHECK(DemoAccuracy(shapes::kHeldOutSeed, 20) >= 0.95);
}

TEST_CASE("the demo network names 95 of 100 committed pictures rightly", "[projects]") {
  CHECK(DemoAccuracy(shapes::kCommittedSeed, 5) >= 0.95);
}

TEST_CASE("the demo network is saved in eval mode and asks for no gradients", "[projects]") {
  const torch::jit::Module network = LoadDemo();
  for (const torch::jit::Module& module : network.modules()) CHECK_FALSE(module.is_training());
  for (const at::Tensor& parameter : network.parameters()) CHECK_FALSE(parameter.requires_grad());
}

}  // namespace
}  // namespace deepvision::demo
