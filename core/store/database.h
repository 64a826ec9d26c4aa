// SQLite as we use it: one connection, errors as Status, statements that clean up
// after themselves.
//
//   DV_ASSIGN_OR_RETURN(Statement find, database->Prepare("SELECT a FROM t WHERE b = ?"));
//   find.Bind(1, key);
//   DV_ASSIGN_OR_RETURN(const bool found, find.Step());
//
// The journal is a write-ahead log, flushed with every transaction; the connection
// keeps the file to itself, so that no memory is mapped (a full disk would be a
// signal there).
//
// Threading: a database and its statements belong to one thread at a time.
// Ownership: the database outlives its statements.
// Errors: kResourceExhausted (DISK_FULL), kDataLoss for a damaged file, else
// kInternal.
#ifndef DEEPVISION_CORE_STORE_DATABASE_H_
#define DEEPVISION_CORE_STORE_DATABASE_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3;
struct sqlite3_stmt;

namespace deepvision {

class Statement {
 public:
  // Columns count from 0, parameters from 1.
  Statement& Bind(int parameter, absl::string_view text);
  Statement& Bind(int parameter, int64_t number);

  // Goes to the next row; false after the last.
  absl::StatusOr<bool> Step();
  // Runs it to its end.
  absl::Status Run();
  // To be run again, with its parameters as they are.
  void Reset();

  int64_t Number(int column) const;
  std::string Text(int column) const;

 private:
  friend class Database;
  struct Closer {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Closer> statement_;
};

class Database {
 public:
  // Opens the file, and makes it when there is none.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::filesystem::path& file);

  absl::Status Execute(const std::string& commands);
  absl::StatusOr<Statement> Prepare(absl::string_view command);

  // All that `changes` does, or nothing when it fails.
  absl::Status Transaction(absl::FunctionRef<absl::Status()> changes);

 private:
  struct Closer {
    void operator()(sqlite3* database) const;
  };
  explicit Database(sqlite3* database) : database_(database) {}
  std::unique_ptr<sqlite3, Closer> database_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_STORE_DATABASE_H_
