// Small networks in TorchScript source, and the comparison of what is captured
// from them with what TorchScript itself computes.
//
//   ScriptedModel net = Network("def forward(self, x: Tensor) -> Tensor:\n"
//                               "  return self.a.forward(x).relu_()\n"
//                               "def seen(self, x: Tensor) -> List[Tensor]:\n"
//                               "  return [self.a.forward(x)]\n");
//   CheckCaptured(net, {"a"});
//
// Threading: none; a failed comparison fails the test.
#ifndef DEEPVISION_TESTS_NETWORKS_CAPTURED_H_
#define DEEPVISION_TESTS_NETWORKS_CAPTURED_H_

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "core/graph/graph.h"
#include "core/loader/model_file.h"
#include "tests/support/scripted_model.h"

namespace deepvision {

// [1, 3, 8, 8], the same every time; another `seed`, another picture.
at::Tensor Picture(int seed = 1);

// A convolution from `in` to `out` channels that keeps the size.
ScriptedModel Convolution(int64_t in, int64_t out, int seed);

// A network with two convolutions, `a` (3 to 4 channels) and `b` (4 to 4).
ScriptedModel Network(const std::string& source);

// Saved and opened again.
std::unique_ptr<ModelFile> Open(const ScriptedModel& net);
std::shared_ptr<const Graph> Specialise(const ModelFile& file, const at::Tensor& input);

// For two pictures, bitwise: the values called `ids` are what the method `seen`
// returns, and the outputs what `forward` does; so is the gradient of the first
// output where it has one.
void CheckCaptured(const ScriptedModel& net, const std::vector<std::string>& ids);

// The same with a graph that exists and one input.
void CheckCaptured(const ScriptedModel& net, const std::shared_ptr<const Graph>& graph,
                   const std::vector<std::string>& ids, const at::Tensor& input);

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_NETWORKS_CAPTURED_H_
