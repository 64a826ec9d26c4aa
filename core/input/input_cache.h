// The inputs that the server has seen lately: the inputs themselves, so that a
// client can name one by its digest, and the tensors that networks made of them, so
// that no picture is decoded twice.
//
//   InputCache inputs(256 << 20);
//   DV_ASSIGN_OR_RETURN(PreparedInput prepared,
//                       inputs.Prepare(query.input, network.input, datasets, limits));
//
// Both live in one cache of limited bytes, which forgets what was used longest ago.
// A picture of a dataset is known by its place in it: clear the cache when datasets
// are opened anew.
//
// Threading: thread-safe. Prepare blocks and computes on the calling thread.
// Ownership: prepared tensors are shared; nobody writes to them.
#ifndef DEEPVISION_CORE_INPUT_INPUT_CACHE_H_
#define DEEPVISION_CORE_INPUT_INPUT_CACHE_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/api/input.h"
#include "core/api/manifest.h"
#include "core/api/statistics.h"
#include "core/base/byte_lru.h"
#include "core/dataset/dataset_registry.h"
#include "core/input/prepare_input.h"

namespace deepvision {

class InputCache {
 public:
  explicit InputCache(uint64_t capacity_bytes) : cache_(capacity_bytes) {}

  // As PrepareInput, or the tensor that an equal call returned before. Takes
  // InputByDigest, too. Every input that it could prepare is remembered.
  //   kNotFound  reason INPUT_EXPIRED: no input with this digest is known any more
  // A visualization has the digest of its image, whatever named it.
  absl::StatusOr<PreparedInput> Prepare(const Input& input, const Preprocessing& preprocessing,
                                        const DatasetRegistry& datasets, const InputLimits& limits,
                                        const TensorSource* visualizations = nullptr);

  // `input`, or the one that it names by its digest; fails like Prepare.
  absl::StatusOr<Input> Recall(const Input& input);

  // Keeps `input` and returns its digest.
  //   kResourceExhausted  it is larger than the whole cache
  absl::StatusOr<std::string> Remember(const Input& input);

  void Clear() { cache_.Clear(); }

  // A hit is a tensor that had not to be prepared.
  CacheStatistics Statistics() const { return cache_.Statistics(); }

 private:
  // One of the two.
  struct Entry {
    std::shared_ptr<const Input> input;
    at::Tensor tensor;
  };

  absl::StatusOr<PreparedInput> PrepareImage(const std::string& named, const VisualizationRef& ref,
                                             const Preprocessing& preprocessing,
                                             const InputLimits& limits,
                                             const TensorSource& visualizations);
  void Keep(const std::string& digest, const Input& input);

  ByteLru<std::string, Entry> cache_;  // by digest; tensors by digest and preprocessing
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_INPUT_INPUT_CACHE_H_
