// Noise generators: a seed -> numbers, the same bits on every machine.
//
// Number i of a picture (C-contiguous [channels, height, width]) is made of
// words w[0..3] of Philox block floor(i / 4) of the seed:
//   uniform  floor(w[i % 4] / 2^8) / 2^24
//   normal   pairs by Box and Muller: with a = (w[2k] + 1/2) / 2^32 and
//            b = w[2k + 1] / 2^32, numbers 2k and 2k + 1 of the block are
//            sqrt(-2 ln a) * cos(2 pi b) and sqrt(-2 ln a) * sin(2 pi b),
//            computed in double precision with +, -, *, / and sqrt only, so that
//            no mathematical library can make a difference, and rounded to float.
//
// Threading: plain functions.
#ifndef DEEPVISION_CORE_DATASET_NOISE_H_
#define DEEPVISION_CORE_DATASET_NOISE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/api/dataset.h"
#include "core/api/input.h"

namespace deepvision {

struct NoiseGenerator {
  NoiseGeneratorInfo info;
  // kNetwork: the numbers are what the network reads. kUnit: they are colours
  // from 0 to 1 that are normalised like those of a picture.
  TensorSpace space = TensorSpace::kNetwork;
  // Writes numbers 0 to count - 1.
  void (*fill)(uint64_t seed, float* out, size_t count) = nullptr;
};

// All generators; the first one is the default.
const std::vector<NoiseGenerator>& NoiseGenerators();

// The generator `id`, the default one for an empty id. kNotFound otherwise; the
// text names the valid ids.
absl::StatusOr<const NoiseGenerator*> FindNoiseGenerator(absl::string_view id);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_DATASET_NOISE_H_
