// Where finished units are: in memory for a while, and in the store when there is
// one.
//
// Threading: thread-safe. All but Keep's first half blocks on the disk: call it on
// the host pool.
// Ownership: records are shared and immutable.
#ifndef DEEPVISION_CORE_ENGINE_VISUALIZATION_RESULTS_H_
#define DEEPVISION_CORE_ENGINE_VISUALIZATION_RESULTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/byte_lru.h"
#include "core/store/visualization_store.h"

namespace deepvision {

using SharedRecord = std::shared_ptr<const VisualizationRecord>;

class VisualizationResults {
 public:
  // `store` may be null: then only `memory_bytes` of results are kept.
  VisualizationResults(std::shared_ptr<VisualizationStore> store, uint64_t memory_bytes)
      : store_(std::move(store)), memory_(memory_bytes) {}

  // Keeps the record, in memory even when the disk refuses it, which the status
  // says.
  absl::Status Keep(const std::string& key, SharedRecord record);

  bool Has(const std::string& key);
  // kNotFound, reason RESULT_FORGOTTEN, when it is not kept any more.
  absl::StatusOr<SharedRecord> Load(const std::string& key);
  // Keys of the newest results of a layer, by unit; from the store only.
  absl::StatusOr<std::vector<IndexRow>> Latest(const std::string& model_digest,
                                               const std::string& layer);

  absl::StatusOr<std::vector<IndexRow>> List(const ResultFilter& filter);
  absl::StatusOr<VisualizationStore::Deleted> Delete(const std::vector<std::string>& keys);

 private:
  const std::shared_ptr<VisualizationStore> store_;
  ByteLru<std::string, SharedRecord> memory_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_VISUALIZATION_RESULTS_H_
