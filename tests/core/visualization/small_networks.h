// Networks of a few operators, and ascents on them.
#ifndef DEEPVISION_TESTS_CORE_VISUALIZATION_SMALL_NETWORKS_H_
#define DEEPVISION_TESTS_CORE_VISUALIZATION_SMALL_NETWORKS_H_

#include <memory>
#include <vector>

#include "core/visualization/ascent.h"

namespace deepvision {

// conv 3 x 3, activation, conv 3 x 3, activation "/ACTIVATION@1" of the weights'
// types. weights: w1, b1, w2, b2.
std::shared_ptr<const Graph> TwoConvolutions(const std::vector<at::Tensor>& weights, int64_t height,
                                             int64_t width, const std::string& activation = "relu");

// 3 -> 6 -> 20 channels with normal weights.
std::vector<at::Tensor> SomeWeights(c10::ScalarType dtype);

// Options for the last value of a graph.
AscentOptions OptionsFor(std::shared_ptr<const Graph> graph, const VisualizationMethod& method,
                         int steps);

// Steps until no unit runs.
void Finish(Ascent& ascent);

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_CORE_VISUALIZATION_SMALL_NETWORKS_H_
