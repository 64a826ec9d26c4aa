#include "core/visualization/unit_random.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>

#include <cmath>
#include <numbers>

#include "core/dataset/philox.h"

namespace deepvision {

UnitRandom::UnitRandom(const RandomKey& key)
    : seed_(key.seed),
      stream_((uint64_t{static_cast<uint32_t>(key.image)} << 40) |
              (uint64_t{static_cast<uint8_t>(key.attempt)} << 32) |
              static_cast<uint32_t>(key.unit)),
      next_(uint64_t{static_cast<uint32_t>(key.step)} << 32) {}

uint32_t UnitRandom::Word() {
  const PhiloxBlock block = PhiloxAt(seed_, next_ / 4, stream_);
  return block[next_++ % 4];
}

double UnitRandom::Uniform() {
  const uint64_t high = Word();
  return static_cast<double>((high << 32 | Word()) >> 11) * 0x1p-53;
}

double UnitRandom::Uniform(double low, double high) { return low + (high - low) * Uniform(); }

int UnitRandom::Below(int count) {
  return static_cast<int>(uint64_t{Word()} * static_cast<uint32_t>(count) >> 32);
}

double UnitRandom::Normal() {
  const double radius = std::sqrt(-2 * std::log1p(-Uniform()));
  return radius * std::cos(2 * std::numbers::pi * Uniform());
}

at::Generator UnitRandom::Generator() {
  const uint64_t high = Word();
  return at::detail::createCPUGenerator(high << 32 | Word());
}

at::Tensor UnitRandom::Normals(at::IntArrayRef sizes, c10::ScalarType dtype) {
  return at::randn(sizes, Generator(), at::TensorOptions().dtype(dtype));
}

at::Tensor UnitRandom::Uniforms(at::IntArrayRef sizes, c10::ScalarType dtype) {
  return at::rand(sizes, Generator(), at::TensorOptions().dtype(dtype));
}

}  // namespace deepvision
