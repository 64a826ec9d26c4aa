// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011): random numbers as a pure
// function of a key and a counter. The same numbers on every machine, in any
// order, with no state.
#ifndef DEEPVISION_CORE_DATASET_PHILOX_H_
#define DEEPVISION_CORE_DATASET_PHILOX_H_

#include <array>
#include <cstdint>

namespace deepvision {

using PhiloxBlock = std::array<uint32_t, 4>;

constexpr PhiloxBlock Philox(PhiloxBlock counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53} * counter[0];
    const uint64_t b = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(b),
               static_cast<uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(a)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

// Block `index` of the sequence `seed`, `stream`.
constexpr PhiloxBlock PhiloxAt(uint64_t seed, uint64_t index, uint64_t stream = 0) {
  return Philox({static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32),
                 static_cast<uint32_t>(stream), static_cast<uint32_t>(stream >> 32)},
                {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)});
}

}  // namespace deepvision

#endif  // DEEPVISION_CORE_DATASET_PHILOX_H_
