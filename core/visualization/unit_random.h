// The random numbers of one image at one step: a pure function of what the image
// is of, so that they depend neither on the images beside it nor on the slot.
//
//   UnitRandom random({.seed = 7, .unit = 12, .step = 3});
//   const int shift = random.Below(9);
//
// Bits come from Philox4x32-10 (core/dataset/philox.h) with the seed as its key and
// the rest as its counter. Normals come from torch's generator, seeded with them:
// the same for the same build.
//
// Threading: one thread at a time. Ownership: a value.
#ifndef DEEPVISION_CORE_VISUALIZATION_UNIT_RANDOM_H_
#define DEEPVISION_CORE_VISUALIZATION_UNIT_RANDOM_H_

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace deepvision {

struct RandomKey {
  uint64_t seed = 0;
  int unit = 0;
  int image = 0;    // of the unit's
  int attempt = 0;  // below 256
  int step = 0;     // 0: the start
};

class UnitRandom {
 public:
  explicit UnitRandom(const RandomKey& key);

  uint32_t Word();
  double Uniform();                         // [0, 1), 53 bits
  double Uniform(double low, double high);  // [low, high)
  int Below(int count);                     // 0..count - 1; count >= 1
  double Normal();                          // mean 0, deviation 1

  // Many at once, on the CPU.
  at::Tensor Normals(at::IntArrayRef sizes, c10::ScalarType dtype);
  at::Tensor Uniforms(at::IntArrayRef sizes, c10::ScalarType dtype);

 private:
  at::Generator Generator();

  uint64_t seed_;
  uint64_t stream_;
  uint64_t next_;  // word
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_UNIT_RANDOM_H_
