#include "core/store/result_index.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"

namespace deepvision {
namespace {

// 1: the table below.
constexpr int kSchema = 1;
constexpr char kMakeTable[] = R"(
  CREATE TABLE results (
    key TEXT PRIMARY KEY, object TEXT NOT NULL, bytes INTEGER NOT NULL,
    network TEXT NOT NULL, model TEXT NOT NULL, layer TEXT NOT NULL, unit INTEGER NOT NULL,
    job TEXT NOT NULL, finished_us INTEGER NOT NULL,
    arrival INTEGER NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX results_by_layer ON results (model, layer, unit, arrival);
  CREATE INDEX results_by_use ON results (used);
  PRAGMA user_version = 1;
)";
constexpr char kColumns[] = "key, object, bytes, network, model, layer, unit, job, finished_us";

IndexRow RowOf(const Statement& statement) {
  IndexRow row;
  row.key = statement.Text(0);
  row.object = statement.Text(1);
  row.bytes = static_cast<uint64_t>(statement.Number(2));
  row.network = statement.Text(3);
  row.model_digest = statement.Text(4);
  row.layer = statement.Text(5);
  row.unit = static_cast<int>(statement.Number(6));
  row.job = statement.Text(7);
  row.finished = absl::FromUnixMicros(statement.Number(8));
  return row;
}

absl::StatusOr<std::vector<IndexRow>> RowsOf(Statement& statement) {
  std::vector<IndexRow> rows;
  while (true) {
    DV_ASSIGN_OR_RETURN(const bool there, statement.Step());
    if (!there) return rows;
    rows.push_back(RowOf(statement));
  }
}

// The set members of a filter, as a condition and its parameters in order.
std::string ConditionOf(const ResultFilter& filter) {
  std::string condition = "TRUE";
  if (filter.network) condition += " AND network = ?";
  if (filter.model_digest) condition += " AND model = ?";
  if (filter.layer) condition += " AND layer = ?";
  if (filter.job) condition += " AND job = ?";
  if (filter.unit) condition += " AND unit = ?";
  return condition;
}

void BindFilter(const ResultFilter& filter, Statement& statement) {
  int parameter = 0;
  for (const auto* text : {&filter.network, &filter.model_digest, &filter.layer, &filter.job}) {
    if (text->has_value()) statement.Bind(++parameter, absl::string_view(**text));
  }
  if (filter.unit) statement.Bind(++parameter, int64_t{*filter.unit});
}

absl::Status TooNew(int64_t schema) {
  return WithReason(
      absl::FailedPreconditionError(absl::StrCat(
          "--state_dir was written by a newer version of this program (schema ", schema,
          ", known: ", kSchema, "); run that version, or name another folder")),
      "STATE_DIR_TOO_NEW");
}

}  // namespace

absl::StatusOr<std::unique_ptr<ResultIndex>> ResultIndex::Open(const std::filesystem::path& file) {
  DV_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(file));
  std::unique_ptr<ResultIndex> index(new ResultIndex(std::move(database)));
  DV_RETURN_IF_ERROR(index->Prepare());
  DV_RETURN_IF_ERROR(index->Recount());
  return index;
}

absl::Status ResultIndex::Prepare() {
  DV_ASSIGN_OR_RETURN(Statement version, database_->Prepare("PRAGMA user_version"));
  DV_RETURN_IF_ERROR(version.Step().status());
  const int64_t schema = version.Number(0);
  DV_RETURN_IF_ERROR(version.Run());
  if (schema > kSchema) return TooNew(schema);
  DV_RETURN_IF_ERROR(CheckPages());
  if (schema == kSchema) return absl::OkStatus();
  return database_->Transaction([this] { return database_->Execute(kMakeTable); });
}

absl::Status ResultIndex::CheckPages() {
  DV_ASSIGN_OR_RETURN(Statement check, database_->Prepare("PRAGMA quick_check(1)"));
  DV_RETURN_IF_ERROR(check.Step().status());
  if (check.Text(0) != "ok") return absl::DataLossError("the index is damaged");
  return check.Run();
}

absl::Status ResultIndex::Recount() {
  DV_ASSIGN_OR_RETURN(
      Statement counts,
      database_->Prepare(
          "SELECT COUNT(*), TOTAL(bytes), MAX(0, COALESCE(MAX(used), 0), COALESCE(MAX(arrival), 0))"
          " FROM results"));
  DV_RETURN_IF_ERROR(counts.Step().status());
  entries_ = static_cast<uint64_t>(counts.Number(0));
  bytes_ = static_cast<uint64_t>(counts.Number(1));
  clock_ = std::max(clock_, counts.Number(2));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<IndexRow>> ResultIndex::Find(const std::string& key) {
  DV_ASSIGN_OR_RETURN(Statement find, database_->Prepare(absl::StrCat(
                                          "SELECT ", kColumns, " FROM results WHERE key = ?")));
  find.Bind(1, absl::string_view(key));
  DV_ASSIGN_OR_RETURN(const bool there, find.Step());
  return there ? std::optional<IndexRow>(RowOf(find)) : std::nullopt;
}

absl::StatusOr<std::vector<IndexRow>> ResultIndex::Select(const ResultFilter& filter) {
  DV_ASSIGN_OR_RETURN(Statement select, database_->Prepare(absl::StrCat(
                                            "SELECT ", kColumns, " FROM results WHERE ",
                                            ConditionOf(filter), " ORDER BY arrival DESC")));
  BindFilter(filter, select);
  return RowsOf(select);
}

// SQLite takes the other columns from the row that has the maximum.
absl::StatusOr<std::vector<IndexRow>> ResultIndex::Latest(const std::string& model_digest,
                                                          const std::string& layer) {
  DV_ASSIGN_OR_RETURN(Statement select,
                      database_->Prepare(absl::StrCat(
                          "SELECT ", kColumns, ", MAX(arrival) FROM results",
                          " WHERE model = ? AND layer = ?", " GROUP BY unit ORDER BY unit")));
  select.Bind(1, absl::string_view(model_digest)).Bind(2, absl::string_view(layer));
  return RowsOf(select);
}

absl::Status ResultIndex::Change(absl::FunctionRef<absl::Status()> changes) {
  const uint64_t bytes = bytes_, entries = entries_;
  absl::Status status = database_->Transaction([&]() -> absl::Status {
    DV_RETURN_IF_ERROR(WriteTouches());
    return changes();
  });
  if (status.ok()) {
    touched_.clear();
  } else {
    bytes_ = bytes;
    entries_ = entries;
  }
  return status;
}

absl::Status ResultIndex::WriteTouches() {
  DV_ASSIGN_OR_RETURN(Statement update,
                      database_->Prepare("UPDATE results SET used = ?1 WHERE key = ?2"));
  for (const auto& [key, used] : touched_) {
    update.Bind(1, used).Bind(2, absl::string_view(key));
    DV_RETURN_IF_ERROR(update.Run());
    update.Reset();
  }
  return absl::OkStatus();
}

absl::Status ResultIndex::FlushTouches() {
  if (touched_.empty()) return absl::OkStatus();
  return Change([] { return absl::OkStatus(); });
}

absl::StatusOr<std::vector<std::string>> ResultIndex::Put(const IndexRow& row, uint64_t max_bytes) {
  std::vector<std::string> objects;
  DV_RETURN_IF_ERROR(Change([&]() -> absl::Status {
    DV_ASSIGN_OR_RETURN(const std::optional<IndexRow> old, Find(row.key));
    if (old.has_value()) {
      uint64_t removed = 0;
      DV_RETURN_IF_ERROR(RemoveOne(old->key, old->object, &removed));
      if (old->object != row.object) objects.push_back(old->object);
    }
    DV_RETURN_IF_ERROR(Evict(row.bytes, max_bytes, &objects));
    return Insert(row);
  }));
  return objects;
}

absl::StatusOr<std::vector<std::string>> ResultIndex::Shrink(uint64_t max_bytes) {
  std::vector<std::string> objects;
  if (bytes_ <= max_bytes) return objects;
  DV_RETURN_IF_ERROR(Change([&] { return Evict(0, max_bytes, &objects); }));
  return objects;
}

absl::Status ResultIndex::Insert(const IndexRow& row) {
  DV_ASSIGN_OR_RETURN(Statement insert, database_->Prepare(absl::StrCat(
                                            "INSERT INTO results (", kColumns, ", arrival, used)",
                                            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")));
  const int64_t now = ++clock_;
  insert.Bind(1, absl::string_view(row.key)).Bind(2, absl::string_view(row.object));
  insert.Bind(3, static_cast<int64_t>(row.bytes)).Bind(4, absl::string_view(row.network));
  insert.Bind(5, absl::string_view(row.model_digest)).Bind(6, absl::string_view(row.layer));
  insert.Bind(7, int64_t{row.unit}).Bind(8, absl::string_view(row.job));
  insert.Bind(9, absl::ToUnixMicros(row.finished)).Bind(10, now).Bind(11, now);
  DV_RETURN_IF_ERROR(insert.Run());
  bytes_ += row.bytes;
  ++entries_;
  return absl::OkStatus();
}

absl::Status ResultIndex::Evict(uint64_t bytes, uint64_t max_bytes,
                                std::vector<std::string>* objects) {
  while (entries_ > 0 && bytes_ + bytes > max_bytes) {
    DV_ASSIGN_OR_RETURN(
        Statement oldest,
        database_->Prepare("SELECT key, object FROM results ORDER BY used LIMIT 1"));
    DV_RETURN_IF_ERROR(oldest.Step().status());
    const std::string key = oldest.Text(0), object = oldest.Text(1);
    uint64_t removed = 0;
    DV_RETURN_IF_ERROR(RemoveOne(key, object, &removed));
    objects->push_back(object);
  }
  return absl::OkStatus();
}

absl::Status ResultIndex::RemoveOne(const std::string& key, const std::string& object,
                                    uint64_t* removed) {
  DV_ASSIGN_OR_RETURN(
      Statement remove,
      database_->Prepare("DELETE FROM results WHERE key = ? AND object = ? RETURNING bytes"));
  remove.Bind(1, absl::string_view(key)).Bind(2, absl::string_view(object));
  DV_ASSIGN_OR_RETURN(const bool there, remove.Step());
  if (!there) return absl::OkStatus();
  bytes_ -= static_cast<uint64_t>(remove.Number(0));
  --entries_;
  ++*removed;
  return remove.Run();
}

absl::StatusOr<uint64_t> ResultIndex::Remove(const std::vector<IndexRow>& rows) {
  uint64_t removed = 0;
  if (rows.empty()) return removed;
  DV_RETURN_IF_ERROR(Change([&]() -> absl::Status {
    for (const IndexRow& row : rows) {
      DV_RETURN_IF_ERROR(RemoveOne(row.key, row.object, &removed));
    }
    return absl::OkStatus();
  }));
  return removed;
}

}  // namespace deepvision
