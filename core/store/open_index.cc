#include "core/store/open_index.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/store/durable_file.h"
#include "core/store/result_file.h"

namespace deepvision {
namespace {

namespace fs = std::filesystem;

// What SQLite keeps beside a database, and would read into another one.
absl::Status RemoveLogs(const fs::path& database) {
  DV_RETURN_IF_ERROR(RemoveFile(database.string() + "-wal"));
  return RemoveFile(database.string() + "-shm");
}

// Of the files that are whole results, oldest first.
absl::StatusOr<std::vector<IndexRow>> RowsOfFiles(const fs::path& folder, uint64_t max_bytes) {
  DV_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(folder));
  std::vector<IndexRow> rows;
  for (const std::string& name : names) {
    absl::StatusOr<IndexRow> row = ReadIndexRow(folder / name);
    if (row.ok() && row->bytes <= max_bytes) rows.push_back(*std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const IndexRow& a, const IndexRow& b) { return a.finished < b.finished; });
  return rows;
}

absl::Status MakeIndex(const fs::path& file, const fs::path& objects, uint64_t max_bytes) {
  DV_RETURN_IF_ERROR(RemoveLogs(file));
  DV_RETURN_IF_ERROR(RemoveFile(file));
  DV_ASSIGN_OR_RETURN(const std::vector<IndexRow> rows, RowsOfFiles(objects, max_bytes));
  DV_ASSIGN_OR_RETURN(const std::unique_ptr<ResultIndex> index, ResultIndex::Open(file));
  for (const IndexRow& row : rows) DV_RETURN_IF_ERROR(index->Put(row, max_bytes).status());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<ResultIndex>> OpenIndex(const fs::path& folder, uint64_t max_bytes) {
  const fs::path file = folder / "index.db", made = folder / "index.made.db";
  absl::StatusOr<std::unique_ptr<ResultIndex>> index = ResultIndex::Open(file);
  if (!absl::IsDataLoss(index.status())) return index;
  DV_RETURN_IF_ERROR(MakeIndex(made, folder / "objects", max_bytes));
  // There is always an index.db: an empty one would be taken to name no file.
  DV_RETURN_IF_ERROR(RemoveLogs(file));
  DV_RETURN_IF_ERROR(MoveFlushed(made, file));
  return ResultIndex::Open(file);
}

}  // namespace deepvision
