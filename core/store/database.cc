#include "core/store/database.h"

#include <sqlite3.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/store/durable_file.h"

namespace deepvision {
namespace {

absl::Status DatabaseError(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return FileError("writing the index", ENOSPC);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(
          "the index in --state_dir is damaged; start the server again: it makes the index anew "
          "from the files");
    default:
      return absl::InternalError(absl::StrCat("state on disk: ", sqlite3_errstr(code)));
  }
}

absl::Status ToStatus(int code) {
  return code == SQLITE_OK ? absl::OkStatus() : DatabaseError(code);
}

}  // namespace

Statement& Statement::Bind(int parameter, absl::string_view text) {
  sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
  return *this;
}

Statement& Statement::Bind(int parameter, int64_t number) {
  sqlite3_bind_int64(statement_.get(), parameter, number);
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return DatabaseError(code);
}

absl::Status Statement::Run() {
  absl::StatusOr<bool> row = Step();
  while (row.ok() && *row) row = Step();
  return row.status();
}

void Statement::Reset() { sqlite3_reset(statement_.get()); }

int64_t Statement::Number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::Text(int column) const {
  const unsigned char* const text = sqlite3_column_text(statement_.get(), column);
  if (text == nullptr) return "";
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return std::string(reinterpret_cast<const char*>(text), static_cast<size_t>(size));
}

void Statement::Closer::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Database::Closer::operator()(sqlite3* database) const { sqlite3_close(database); }

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::filesystem::path& file) {
  sqlite3* opened = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(file.c_str(), &opened, flags, nullptr);
  std::unique_ptr<Database> database(new Database(opened));  // to be closed after errors, too
  DV_RETURN_IF_ERROR(ToStatus(code));
  sqlite3_extended_result_codes(opened, 1);
  DV_RETURN_IF_ERROR(
      database->Execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
                        "PRAGMA synchronous = FULL;"));
  return database;
}

absl::Status Database::Execute(const std::string& commands) {
  return ToStatus(sqlite3_exec(database_.get(), commands.c_str(), nullptr, nullptr, nullptr));
}

absl::StatusOr<Statement> Database::Prepare(absl::string_view command) {
  sqlite3_stmt* statement = nullptr;
  DV_RETURN_IF_ERROR(ToStatus(sqlite3_prepare_v2(
      database_.get(), command.data(), static_cast<int>(command.size()), &statement, nullptr)));
  return Statement(statement);
}

absl::Status Database::Transaction(absl::FunctionRef<absl::Status()> changes) {
  DV_RETURN_IF_ERROR(Execute("BEGIN IMMEDIATE"));
  absl::Status status = changes();
  if (status.ok()) status = Execute("COMMIT");
  // Some errors have rolled back already; then this one says so and means nothing.
  if (!status.ok()) Execute("ROLLBACK").IgnoreError();
  return status;
}

}  // namespace deepvision
