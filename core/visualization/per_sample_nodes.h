// Operators that run image by image in a batch, so that an image's bits do not
// depend on its place.
//
// torch computes exponentials and the like many numbers at a time and the last few of
// each thread's share one by one, with another implementation that rounds otherwise
// (ATen/native/cpu/Loops.h). Which numbers are the last ones of an image is the same
// for every image only when each image is a call of its own. Operators that round
// every number alike (ReLU, sums, convolutions per image) stay as they are.
//
// Private to core/visualization. Threading: plain function.
// Ownership: the new graph shares constants with the old one.
#ifndef DEEPVISION_CORE_VISUALIZATION_PER_SAMPLE_NODES_H_
#define DEEPVISION_CORE_VISUALIZATION_PER_SAMPLE_NODES_H_

#include <memory>

#include "core/graph/graph.h"

namespace deepvision {

// The graph for batches of `samples`; itself where there is one.
std::shared_ptr<const Graph> RunPerSample(const Graph& graph, int samples);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_PER_SAMPLE_NODES_H_
