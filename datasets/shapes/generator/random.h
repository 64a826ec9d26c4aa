// Random numbers that are the same on every platform: SplitMix64 and plain
// arithmetic, no distribution of the standard library.
//
// Threading: one Random belongs to one thread.
#ifndef DEEPVISION_DATASETS_SHAPES_GENERATOR_RANDOM_H_
#define DEEPVISION_DATASETS_SHAPES_GENERATOR_RANDOM_H_

#include <cstdint>

namespace deepvision::shapes {

class Random {
 public:
  // The generator of picture `index` of class `label` under `seed`.
  Random(uint64_t seed, uint64_t label, uint64_t index)
      : state_(Mix(Mix(Mix(seed) + label) + index)) {}

  // In [0, 1), multiples of 2^-53.
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

  // In [low, high).
  double Between(double low, double high) { return low + (high - low) * Unit(); }

  // In 0 .. count-1.
  int Below(int count) { return static_cast<int>(Unit() * count); }

  bool Chance(double probability) { return Unit() < probability; }

  // 64 random bits.
  uint64_t Next() { return Mix(state_ += 0x9e3779b97f4a7c15u); }

 private:
  static uint64_t Mix(uint64_t bits) {
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
    return bits ^ (bits >> 31);
  }

  uint64_t state_;
};

}  // namespace deepvision::shapes

#endif  // DEEPVISION_DATASETS_SHAPES_GENERATOR_RANDOM_H_
