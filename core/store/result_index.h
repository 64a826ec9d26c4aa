// The index of the result store: which key has which file. A table in SQLite;
// core/store/visualization_store.h keeps it and the files together.
//
// Order is counted, not timed: clocks jump.
//
// Threading: belongs to one thread at a time.
// Errors: those of core/store/database.h; Open also fails with
// kFailedPrecondition, reason STATE_DIR_TOO_NEW, for a newer version's index. After
// an error nothing has changed.
#ifndef DEEPVISION_CORE_STORE_RESULT_INDEX_H_
#define DEEPVISION_CORE_STORE_RESULT_INDEX_H_

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/store/database.h"

namespace deepvision {

struct IndexRow {
  std::string key;
  std::string object;  // name of the file: the digest of its bytes
  uint64_t bytes = 0;  // of the file
  std::string network;
  std::string model_digest;
  std::string layer;
  int unit = 0;
  std::string job;
  absl::Time finished;
};

// Which rows; unset members choose all.
struct ResultFilter {
  std::optional<std::string> network;
  std::optional<std::string> model_digest;
  std::optional<std::string> layer;
  std::optional<int> unit;
  std::optional<std::string> job;

  bool IsEmpty() const { return !network && !model_digest && !layer && !unit && !job; }
};

class ResultIndex {
 public:
  static absl::StatusOr<std::unique_ptr<ResultIndex>> Open(const std::filesystem::path& file);

  absl::StatusOr<std::optional<IndexRow>> Find(const std::string& key);
  // Newest first.
  absl::StatusOr<std::vector<IndexRow>> Select(const ResultFilter& filter);
  // The newest of each unit, by unit.
  absl::StatusOr<std::vector<IndexRow>> Latest(const std::string& model_digest,
                                               const std::string& layer);

  // Puts `row` in the place of its key's and forgets the rows used longest ago
  // until all have at most `max_bytes`, which `row` alone must not exceed. Gives
  // the objects that no row names any more.
  absl::StatusOr<std::vector<std::string>> Put(const IndexRow& row, uint64_t max_bytes);
  // The same without a new row.
  absl::StatusOr<std::vector<std::string>> Shrink(uint64_t max_bytes);

  // Removes these rows where they still name these objects; how many that were.
  absl::StatusOr<uint64_t> Remove(const std::vector<IndexRow>& rows);

  // The key has been used now; told to the disk with the next change, so that
  // reading writes nothing.
  void Touch(const std::string& key) { touched_[key] = ++clock_; }
  absl::Status FlushTouches();

  uint64_t bytes() const { return bytes_; }
  uint64_t entries() const { return entries_; }

 private:
  explicit ResultIndex(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  absl::Status Prepare();
  absl::Status CheckPages();
  absl::Status Recount();
  // `changes` as a transaction, with the counts after it.
  absl::Status Change(absl::FunctionRef<absl::Status()> changes);
  absl::Status WriteTouches();
  absl::Status Insert(const IndexRow& row);
  absl::Status RemoveOne(const std::string& key, const std::string& object, uint64_t* removed);
  // Until `bytes` more are at most `max_bytes`.
  absl::Status Evict(uint64_t bytes, uint64_t max_bytes, std::vector<std::string>* objects);

  const std::unique_ptr<Database> database_;
  int64_t clock_ = 0;                       // of uses and of arrivals
  std::map<std::string, int64_t> touched_;  // not yet in the table
  uint64_t bytes_ = 0;
  uint64_t entries_ = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_STORE_RESULT_INDEX_H_
