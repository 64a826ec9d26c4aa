#include "core/engine/visualization_results.h"

#include <algorithm>
#include <utility>

#include "core/api/error.h"
#include "core/base/status_macros.h"

namespace deepvision {
namespace {

uint64_t BytesOf(const VisualizationRecord& record) {
  uint64_t bytes = sizeof(record);
  for (const RecordedImage& image : record.images) {
    bytes += image.values.size() + image.display.size() + image.transparency.size();
    for (const RecordedSnapshot& snapshot : image.snapshots) bytes += snapshot.pixels.size();
  }
  return bytes;
}

absl::Status Forgotten() {
  return WithReason(absl::NotFoundError("the unit's result is not kept any more; send the spec "
                                        "again to have it computed"),
                    "RESULT_FORGOTTEN");
}

}  // namespace

absl::Status VisualizationResults::Keep(const std::string& key, SharedRecord record) {
  memory_.Put(key, record, BytesOf(*record));
  return store_ == nullptr ? absl::OkStatus() : store_->Put(key, *record);
}

bool VisualizationResults::Has(const std::string& key) {
  if (memory_.Peek(key).has_value()) return true;
  if (store_ == nullptr) return false;
  const absl::StatusOr<bool> stored = store_->Has(key);
  return stored.ok() && *stored;
}

absl::StatusOr<SharedRecord> VisualizationResults::Load(const std::string& key) {
  if (std::optional<SharedRecord> found = memory_.Find(key)) return *std::move(found);
  if (store_ == nullptr) return Forgotten();
  DV_ASSIGN_OR_RETURN(std::optional<VisualizationRecord> stored, store_->Get(key));
  if (!stored.has_value()) return Forgotten();
  auto record = std::make_shared<const VisualizationRecord>(*std::move(stored));
  memory_.Put(key, record, BytesOf(*record));
  return record;
}

absl::StatusOr<std::vector<IndexRow>> VisualizationResults::Latest(const std::string& model_digest,
                                                                   const std::string& layer) {
  if (store_ == nullptr) return std::vector<IndexRow>();
  return store_->Latest(model_digest, layer);
}

absl::StatusOr<std::vector<IndexRow>> VisualizationResults::List(const ResultFilter& filter) {
  if (store_ == nullptr) return std::vector<IndexRow>();
  return store_->List(filter);
}

absl::StatusOr<VisualizationStore::Deleted> VisualizationResults::Delete(
    const std::vector<std::string>& keys) {
  memory_.EraseIf([&](const std::string& key, const SharedRecord&) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  });
  if (store_ == nullptr) return VisualizationStore::Deleted();
  return store_->DeleteKeys(keys);
}

}  // namespace deepvision
