// Pictures of datasets/shapes as the tensors that the demo network takes.
#ifndef DEEPVISION_PROJECTS_DEMO_TRAIN_SAMPLES_H_
#define DEEPVISION_PROJECTS_DEMO_TRAIN_SAMPLES_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

namespace deepvision::demo {

struct Samples {
  at::Tensor pictures;  // [N, 3, 96, 96], float32, normalised
  at::Tensor labels;    // [N], int64
};

// Pictures `first` .. `first + per_class - 1` of every class under `seed`;
// N = per_class times classes. Uses torch's intra-op threads; the result does
// not depend on their number.
Samples DrawSamples(uint64_t seed, uint64_t first, int per_class);

// Pictures to scores: [N, 3, 96, 96] to [N, classes].
using Network = std::function<at::Tensor(const at::Tensor&)>;

// The share of `per_class` pictures of each class under `seed` that `network`
// names rightly, 0..1. The network must be in eval mode.
double Accuracy(const Network& network, uint64_t seed, int per_class);

}  // namespace deepvision::demo

#endif  // DEEPVISION_PROJECTS_DEMO_TRAIN_SAMPLES_H_
