#include "core/engine/value_cache.h"

#include <c10/core/StorageImpl.h>

#include "absl/container/flat_hash_set.h"

namespace deepvision {

uint64_t ByteCount(const CapturedValues& captured) {
  absl::flat_hash_set<const c10::StorageImpl*> seen;
  uint64_t bytes = 0;
  for (const auto& [id, tensor] : captured.values) {
    if (!tensor.has_storage()) {
      bytes += tensor.nbytes();
    } else if (seen.insert(tensor.storage().unsafeGetStorageImpl()).second) {
      bytes += tensor.storage().nbytes();
    }
  }
  return bytes;
}

uint64_t ExpectedBytes(const Graph& graph, ValueId value) {
  uint64_t bytes = c10::elementSize(graph.values[value].dtype);
  for (const int64_t size : graph.values[value].sizes) bytes *= static_cast<uint64_t>(size);
  return bytes;
}

}  // namespace deepvision
