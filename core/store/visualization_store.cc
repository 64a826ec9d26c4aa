#include "core/store/visualization_store.h"

#include <set>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"
#include "core/store/open_index.h"
#include "core/store/result_file.h"

namespace deepvision {
namespace {

namespace fs = std::filesystem;

absl::Status MakeFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  return error ? FileError("making a folder", error.value()) : absl::OkStatus();
}

absl::Status TooLarge(uint64_t bytes, uint64_t max_bytes) {
  return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                        "the result has ", bytes, " bytes, the store keeps at most ", max_bytes,
                        "; raise --state_dir_bytes or ask for a smaller image")),
                    "RESULT_TOO_LARGE");
}

}  // namespace

VisualizationStore::VisualizationStore(Options options, std::unique_ptr<FolderLock> lock,
                                       std::unique_ptr<ResultIndex> index)
    : options_(std::move(options)), lock_(std::move(lock)), index_(std::move(index)) {}

VisualizationStore::~VisualizationStore() {
  absl::MutexLock lock(&mutex_);
  index_->FlushTouches().IgnoreError();  // costs only the order of forgetting
}

absl::StatusOr<std::unique_ptr<VisualizationStore>> VisualizationStore::Open(Options options) {
  DV_RETURN_IF_ERROR(MakeFolder(options.folder / "objects"));
  DV_RETURN_IF_ERROR(MakeFolder(options.folder / "temporary"));
  DV_ASSIGN_OR_RETURN(std::unique_ptr<FolderLock> lock, FolderLock::Take(options.folder / "lock"));
  DV_ASSIGN_OR_RETURN(std::unique_ptr<ResultIndex> index,
                      OpenIndex(options.folder, options.max_bytes));
  std::unique_ptr<VisualizationStore> store(
      new VisualizationStore(std::move(options), std::move(lock), std::move(index)));
  DV_RETURN_IF_ERROR(store->EmptyTemporaryFolder());
  DV_RETURN_IF_ERROR(store->Reconcile());
  return store;
}

fs::path VisualizationStore::ObjectPath(const std::string& object) const {
  return options_.folder / "objects" / object;
}

fs::path VisualizationStore::NextTemporaryPath() {
  absl::MutexLock lock(&mutex_);
  return options_.folder / "temporary" / std::to_string(++temporaries_);
}

absl::Status VisualizationStore::EmptyTemporaryFolder() {
  std::error_code error;
  const fs::path folder = options_.folder / "temporary";
  fs::remove_all(folder, error);
  if (error) return FileError("removing files", error.value());
  return MakeFolder(folder);
}

bool VisualizationStore::IsThere(const IndexRow& row) const {
  std::error_code error;
  const uint64_t size = fs::file_size(ObjectPath(row.object), error);
  return !error && size == row.bytes;
}

// Removes rows without their file and files without a row.
absl::Status VisualizationStore::Reconcile() {
  absl::MutexLock lock(&mutex_);
  DV_ASSIGN_OR_RETURN(const std::vector<IndexRow> rows, index_->Select({}));
  std::set<std::string> named;
  std::vector<IndexRow> lost;
  for (const IndexRow& row : rows) {
    IsThere(row) ? static_cast<void>(named.insert(row.object)) : lost.push_back(row);
  }
  DV_RETURN_IF_ERROR(index_->Remove(lost).status());
  DV_ASSIGN_OR_RETURN(std::vector<std::string> objects, NamesIn(options_.folder / "objects"));
  std::erase_if(objects, [&](const std::string& object) { return named.contains(object); });
  RemoveObjects(objects);
  DV_ASSIGN_OR_RETURN(const std::vector<std::string> evicted, index_->Shrink(options_.max_bytes));
  RemoveObjects(evicted);
  return absl::OkStatus();
}

// What cannot be removed now is removed by the next Open.
void VisualizationStore::RemoveObjects(const std::vector<std::string>& objects) const {
  for (const std::string& object : objects) RemoveFile(ObjectPath(object)).IgnoreError();
}

absl::StatusOr<std::optional<IndexRow>> VisualizationStore::FindAndTouch(const std::string& key) {
  absl::MutexLock lock(&mutex_);
  DV_ASSIGN_OR_RETURN(std::optional<IndexRow> row, index_->Find(key));
  if (row.has_value()) index_->Touch(key);
  return row;
}

absl::StatusOr<std::optional<VisualizationRecord>> VisualizationStore::Get(const std::string& key) {
  while (true) {
    DV_ASSIGN_OR_RETURN(const std::optional<IndexRow> row, FindAndTouch(key));
    if (!row.has_value()) break;
    absl::StatusOr<VisualizationRecord> record = ReadResult(ObjectPath(row->object), *row);
    if (record.ok()) {
      Count(true);
      return *std::move(record);
    }
    // Another record may have taken its place while this one was read; then there
    // is nothing to remove, and that one is tried.
    absl::MutexLock lock(&mutex_);
    const absl::StatusOr<uint64_t> removed = index_->Remove({*row});
    if (!removed.ok()) break;
    if (*removed > 0) RemoveObjects({row->object});
  }
  Count(false);
  return std::nullopt;
}

absl::StatusOr<bool> VisualizationStore::Has(const std::string& key) {
  absl::MutexLock lock(&mutex_);
  DV_ASSIGN_OR_RETURN(const std::optional<IndexRow> row, index_->Find(key));
  return row.has_value() && IsThere(*row);
}

absl::Status VisualizationStore::Put(const std::string& key, const VisualizationRecord& record) {
  const std::string bytes = EncodeRecord(key, record);
  if (bytes.size() > options_.max_bytes) return TooLarge(bytes.size(), options_.max_bytes);
  const IndexRow row = MakeIndexRow(key, bytes, record);
  // A record that could not be read back would be computed again and again.
  DV_RETURN_IF_ERROR(DecodeRecord(key, HostBuffer(bytes.data(), bytes.size(), nullptr)).status());
  const fs::path temporary = NextTemporaryPath();
  DV_RETURN_IF_ERROR(WriteFlushed(temporary, bytes));
  return Enter(temporary, row);
}

absl::Status VisualizationStore::Enter(const fs::path& temporary, const IndexRow& row) {
  absl::MutexLock lock(&mutex_);
  absl::Status status = MoveFlushed(temporary, ObjectPath(row.object));
  if (!status.ok()) {
    RemoveFile(temporary).IgnoreError();
    return status;
  }
  absl::StatusOr<std::vector<std::string>> unnamed = index_->Put(row, options_.max_bytes);
  if (unnamed.ok()) {
    RemoveObjects(*unnamed);
    return absl::OkStatus();
  }
  // The same bytes may have been there before.
  const absl::StatusOr<std::optional<IndexRow>> old = index_->Find(row.key);
  if (old.ok() && (!old->has_value() || (*old)->object != row.object)) RemoveObjects({row.object});
  return unnamed.status();
}

absl::StatusOr<std::vector<IndexRow>> VisualizationStore::Latest(const std::string& model_digest,
                                                                 const std::string& layer) {
  absl::MutexLock lock(&mutex_);
  return index_->Latest(model_digest, layer);
}

absl::StatusOr<std::vector<IndexRow>> VisualizationStore::List(const ResultFilter& filter) {
  absl::MutexLock lock(&mutex_);
  return index_->Select(filter);
}

absl::StatusOr<VisualizationStore::Deleted> VisualizationStore::Delete(const ResultFilter& filter) {
  if (filter.IsEmpty()) {
    return absl::InvalidArgumentError("the filter is empty and would delete everything");
  }
  absl::MutexLock lock(&mutex_);
  DV_ASSIGN_OR_RETURN(const std::vector<IndexRow> rows, index_->Select(filter));
  return DeleteRows(rows);
}

absl::StatusOr<VisualizationStore::Deleted> VisualizationStore::DeleteKeys(
    const std::vector<std::string>& keys) {
  absl::MutexLock lock(&mutex_);
  std::vector<IndexRow> rows;
  for (const std::string& key : keys) {
    DV_ASSIGN_OR_RETURN(std::optional<IndexRow> row, index_->Find(key));
    if (row.has_value()) rows.push_back(*std::move(row));
  }
  return DeleteRows(rows);
}

// Files first: that makes the room which the index may need. A row without its
// file is a miss.
absl::StatusOr<VisualizationStore::Deleted> VisualizationStore::DeleteRows(
    const std::vector<IndexRow>& rows) {
  Deleted deleted;
  for (const IndexRow& row : rows) {
    RemoveObjects({row.object});
    ++deleted.units;
    deleted.bytes += row.bytes;
  }
  DV_RETURN_IF_ERROR(index_->Remove(rows).status());
  return deleted;
}

void VisualizationStore::Count(bool hit) {
  absl::MutexLock lock(&mutex_);
  ++(hit ? hits_ : misses_);
}

CacheStatistics VisualizationStore::Statistics() const {
  absl::MutexLock lock(&mutex_);
  return {hits_, misses_, index_->entries(), index_->bytes(), options_.max_bytes};
}

}  // namespace deepvision
