// The demo network, written in TorchScript from C++: a residual network with
// torchvision's module names (conv1, bn1, relu, maxpool, layer1 … layer3 of two
// BasicBlocks each, avgpool, fc) and 16, 32 and 64 channels.
//
// Shapes: input [N, 3, 96, 96], output [N, classes] (scores, no softmax); the
// stages are 48, 24 and 12 pixels wide.
#ifndef DEEPVISION_PROJECTS_DEMO_TRAIN_RESIDUAL_NETWORK_H_
#define DEEPVISION_PROJECTS_DEMO_TRAIN_RESIDUAL_NETWORK_H_

#include <torch/csrc/jit/api/module.h>

#include <cstdint>

namespace deepvision::demo {

// A network with random weights, in training mode; equal seeds, equal weights.
torch::jit::Module MakeResidualNetwork(int classes, uint64_t seed);

}  // namespace deepvision::demo

#endif  // DEEPVISION_PROJECTS_DEMO_TRAIN_RESIDUAL_NETWORK_H_
