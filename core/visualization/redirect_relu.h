// Lucid's way out of a dead start (lucid/misc/redirected_relu_grad.py): where
// nothing of a sample's gradient would pass a ReLU, it passes all the same, except
// where it would push an input that is below zero further down (for ReLU6 also one
// above six further up).
//
//   auto samples = std::make_shared<RedirectedSamples>();
//   auto graph = RedirectReluGradients(*network, samples);
//   samples->redirected = {true, false, …};   // before a run
//
// The gradient is one of a number that is made smaller, as in Lucid. What is computed
// is the same; only gradients change.
//
// Threading: `samples` may be changed between runs, by the thread that runs.
// Ownership: the new graph shares constants with the old one.
#ifndef DEEPVISION_CORE_VISUALIZATION_REDIRECT_RELU_H_
#define DEEPVISION_CORE_VISUALIZATION_REDIRECT_RELU_H_

#include <memory>
#include <vector>

#include "core/graph/graph.h"

namespace deepvision {

// One entry per sample of the batch. A run with none of them set, or with another
// batch, is that of the old graph.
struct RedirectedSamples {
  std::vector<bool> redirected;
};

// A copy of the graph whose ReLUs (relu, relu6, hardtanh from zero, and in place)
// heed `samples`.
std::shared_ptr<const Graph> RedirectReluGradients(
    const Graph& graph, std::shared_ptr<const RedirectedSamples> samples);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_REDIRECT_RELU_H_
