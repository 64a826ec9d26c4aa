#include "projects/demo/train/samples.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/sum.h>

#include <algorithm>

#include "datasets/shapes/generator/shapes.h"
#include "projects/demo/train/preprocessing.h"

namespace deepvision::demo {
namespace {

constexpr int kPixels = shapes::kSide * shapes::kSide;

// HWC bytes to normalised CHW floats.
void Normalise(const shapes::Picture& picture, float* out) {
  for (int channel = 0; channel < 3; ++channel) {
    for (int i = 0; i < kPixels; ++i) {
      const double unit = picture[3 * i + channel] / 255.0;
      out[channel * kPixels + i] = static_cast<float>((unit - kMean) / kStd);
    }
  }
}

}  // namespace

Samples DrawSamples(uint64_t seed, uint64_t first, int per_class) {
  const int64_t count = int64_t{per_class} * shapes::kClasses;
  Samples samples{at::empty({count, 3, shapes::kSide, shapes::kSide}),
                  at::empty({count}, at::kLong)};
  float* pictures = samples.pictures.mutable_data_ptr<float>();
  int64_t* labels = samples.labels.mutable_data_ptr<int64_t>();
  at::parallel_for(0, count, 1, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      labels[i] = i % shapes::kClasses;
      const shapes::Picture picture =
          shapes::Draw(seed, static_cast<int>(labels[i]), first + i / shapes::kClasses);
      Normalise(picture, pictures + i * 3 * kPixels);
    }
  });
  return samples;
}

double Accuracy(const Network& network, uint64_t seed, int per_class) {
  const at::NoGradGuard no_grad;
  constexpr int kAtOnce = 4;  // of each class, to bound memory
  int64_t right = 0;
  for (int first = 0; first < per_class; first += kAtOnce) {
    const Samples samples = DrawSamples(seed, first, std::min(kAtOnce, per_class - first));
    const at::Tensor scores = network(samples.pictures);
    right += scores.argmax(1).eq(samples.labels).sum().item<int64_t>();
  }
  return static_cast<double>(right) / (per_class * shapes::kClasses);
}

}  // namespace deepvision::demo
