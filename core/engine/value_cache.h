// Values of layers that were captured for recent inputs, so that another request
// about the same input continues from them, or needs no pass at all.
//
// Only values of graphs without random operators belong here: those of a random
// network are another sample every time, and a request must get its own.
//
// Threading: ByteLru is thread-safe; the tensors are never written.
// Ownership: an entry keeps its network, so that the network's address names it
// for as long as the entry lives; forget a network's entries when it goes.
#ifndef DEEPVISION_CORE_ENGINE_VALUE_CACHE_H_
#define DEEPVISION_CORE_ENGINE_VALUE_CACHE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "core/base/byte_lru.h"
#include "core/engine/network.h"
#include "core/engine/specialisation.h"
#include "core/graph/plan.h"

namespace deepvision {

// What a forward pass computes on. Equal keys have equal values.
struct PassKey {
  std::shared_ptr<Network> network;
  std::string input_digest;
  Numerics numerics = Numerics::kExact;

  bool operator==(const PassKey&) const = default;
  template <typename H>
  friend H AbslHashValue(H state, const PassKey& key) {
    return H::combine(std::move(state), key.network.get(), key.input_digest, key.numerics);
  }
};

struct CapturedValues {
  std::shared_ptr<const Specialisation> specialisation;  // that fits the input
  AvailableValues values;
};

using ValueCache = ByteLru<PassKey, std::shared_ptr<const CapturedValues>>;

// Bytes of memory that the values hold; memory that several share counts once.
uint64_t ByteCount(const CapturedValues& captured);

// Bytes that `value` of `graph` will take.
uint64_t ExpectedBytes(const Graph& graph, ValueId value);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_VALUE_CACHE_H_
