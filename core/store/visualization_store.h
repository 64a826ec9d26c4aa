// The results of feature visualizations on disk, behind --state_dir: what was
// computed once is not computed again, also after a restart.
//
//   DV_ASSIGN_OR_RETURN(auto store, VisualizationStore::Open({folder, 4 << 30}));
//   DV_RETURN_IF_ERROR(store->Put(UnitKey(context, spec, unit), record));
//   DV_ASSIGN_OR_RETURN(const auto found, store->Get(UnitKey(context, spec, unit)));
//   if (found.has_value()) Show(*found);
//
// In the folder:
//   lock        taken by the one process that uses it
//   index.db    SQLite: which key has which file
//   objects/    one file for each unit, named by the SHA-256 of its bytes
//   temporary/  files that are being written; emptied by Open
//
// A record is there as a whole or not at all, whenever the process is killed: its
// file is written elsewhere, flushed and renamed before the index names it, and
// leaves after the index has forgotten it. Open removes what a killed process left
// between the two. Every read checks the file's digest; a file that is missing or
// damaged is a miss, and its row is removed.
//
// Over the limit, records that were used longest ago are forgotten.
//
// Threading: thread-safe; every method blocks on the disk, so call none from a
// thread that must not (a device's worker, gRPC's). Files are written and read
// without the lock, which is held for the index and for renaming.
// Ownership: records share the bytes that were read, not the store.
// Errors, beside those named: kInternal when the disk fails; kDataLoss when the
// index is damaged while it is in use (the next Open makes it again from the files).
// None holds a path.
#ifndef DEEPVISION_CORE_STORE_VISUALIZATION_STORE_H_
#define DEEPVISION_CORE_STORE_VISUALIZATION_STORE_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "core/api/statistics.h"
#include "core/store/durable_file.h"
#include "core/store/result_index.h"
#include "core/store/visualization_record.h"

namespace deepvision {

class VisualizationStore {
 public:
  struct Options {
    std::filesystem::path folder;  // made when there is none
    uint64_t max_bytes = uint64_t{4} << 30;
  };

  struct Deleted {
    uint64_t units = 0;
    uint64_t bytes = 0;
  };

  //   kFailedPrecondition  another process uses the folder (STATE_DIR_IN_USE), or a
  //                        newer version of this program wrote it (STATE_DIR_TOO_NEW)
  //   kResourceExhausted   no room for the index
  static absl::StatusOr<std::unique_ptr<VisualizationStore>> Open(Options options);

  ~VisualizationStore();

  // The record of a key, which now is the last to be forgotten.
  absl::StatusOr<std::optional<VisualizationRecord>> Get(const std::string& key);
  // Whether it is there, by its file's size; reads no file and changes nothing.
  absl::StatusOr<bool> Has(const std::string& key);

  // Keeps `record` in the place of what had this key.
  //   kResourceExhausted  the disk is full (DISK_FULL), or the record alone is over
  //                       the limit (RESULT_TOO_LARGE); what was there stays
  absl::Status Put(const std::string& key, const VisualizationRecord& record);

  // The newest record of each unit of a layer, whatever its spec, by unit; Get its
  // `key`.
  absl::StatusOr<std::vector<IndexRow>> Latest(const std::string& model_digest,
                                               const std::string& layer);
  // Newest first.
  absl::StatusOr<std::vector<IndexRow>> List(const ResultFilter& filter);

  // kInvalidArgument for an empty filter, which would delete everything. Works on
  // a full disk.
  absl::StatusOr<Deleted> Delete(const ResultFilter& filter);
  // Those of these keys that there are.
  absl::StatusOr<Deleted> DeleteKeys(const std::vector<std::string>& keys);

  // Hits and misses are those of Get.
  CacheStatistics Statistics() const;

 private:
  VisualizationStore(Options options, std::unique_ptr<FolderLock> lock,
                     std::unique_ptr<ResultIndex> index);

  std::filesystem::path ObjectPath(const std::string& object) const;
  std::filesystem::path NextTemporaryPath();
  absl::Status EmptyTemporaryFolder();
  absl::Status Reconcile();
  absl::StatusOr<std::optional<IndexRow>> FindAndTouch(const std::string& key);
  absl::Status Enter(const std::filesystem::path& temporary, const IndexRow& row);
  bool IsThere(const IndexRow& row) const;
  absl::StatusOr<Deleted> DeleteRows(const std::vector<IndexRow>& rows)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RemoveObjects(const std::vector<std::string>& objects) const;
  void Count(bool hit);

  const Options options_;
  const std::unique_ptr<FolderLock> lock_;
  mutable absl::Mutex mutex_;
  const std::unique_ptr<ResultIndex> index_ ABSL_PT_GUARDED_BY(mutex_);
  uint64_t temporaries_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t hits_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t misses_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_STORE_VISUALIZATION_STORE_H_
