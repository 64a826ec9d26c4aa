#include "core/store/visualization_store.h"

#include <sqlite3.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "core/api/error.h"
#include "tests/core/store/records.h"
#include "tests/support/catch.h"
#include "tests/support/folder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<VisualizationStore> OpenIn(const fs::path& folder,
                                           uint64_t max_bytes = uint64_t{1} << 30) {
  auto store = VisualizationStore::Open({folder, max_bytes});
  REQUIRE_OK(store);
  return *std::move(store);
}

std::vector<fs::path> FilesIn(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& file : fs::directory_iterator(folder)) files.push_back(file.path());
  return files;
}

std::vector<int> UnitsOf(const std::vector<IndexRow>& rows) {
  std::vector<int> units;
  for (const IndexRow& row : rows) units.push_back(row.unit);
  return units;
}

bool Has(VisualizationStore& store, const std::string& key) {
  const auto found = store.Get(key);
  REQUIRE_OK(found);
  return found->has_value();
}

void Damage(const fs::path& file) {
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(300);
  const char byte = static_cast<char>(bytes.peek() ^ 1);
  bytes.seekp(300);
  bytes.write(&byte, 1);
}

TEST_CASE("what was put is there again, also after a restart", "[store]") {
  const TestFolder folder;
  {
    const auto store = OpenIn(folder.path() / "state");
    REQUIRE_OK(store->Put("a", MakeRecord(1)));
    REQUIRE_OK(store->Put("b", MakeRecord(2)));
    CHECK(IsWhole(**store->Get("a"), MakeRecord(1)));
  }
  const auto store = OpenIn(folder.path() / "state");
  CHECK(IsWhole(**store->Get("a"), MakeRecord(1)));
  CHECK(IsWhole(**store->Get("b"), MakeRecord(2)));
  CHECK_FALSE(Has(*store, "c"));
  CHECK(*store->Has("b"));
  CHECK_FALSE(*store->Has("c"));
  CHECK(store->Statistics().entries == 2);
  CHECK(store->Statistics().hits == 2);
  CHECK(store->Statistics().misses == 1);
}

TEST_CASE("a record takes the place of its key's, and the old file goes", "[store]") {
  const TestFolder folder;
  const auto store = OpenIn(folder.path());
  REQUIRE_OK(store->Put("a", MakeRecord(1, 0)));
  REQUIRE_OK(store->Put("a", MakeRecord(1, 1)));
  CHECK(IsWhole(**store->Get("a"), MakeRecord(1, 1)));
  CHECK(FilesIn(folder.path() / "objects").size() == 1);
  REQUIRE_OK(store->Put("a", MakeRecord(1, 1)));  // the same again
  CHECK(IsWhole(**store->Get("a"), MakeRecord(1, 1)));
  CHECK(store->Statistics().bytes == fs::file_size(FilesIn(folder.path() / "objects")[0]));
}

TEST_CASE("a damaged, cut or missing file is a miss that leaves no row", "[store]") {
  const TestFolder folder;
  const auto store = OpenIn(folder.path());
  const std::string way = GENERATE("damaged", "cut", "missing", "longer");
  REQUIRE_OK(store->Put("a", MakeRecord(1)));
  REQUIRE_OK(store->Put("b", MakeRecord(2)));
  const fs::path file = folder.path() / "objects" / store->List({})->back().object;
  if (way == "damaged") Damage(file);
  if (way == "cut") fs::resize_file(file, fs::file_size(file) - 1);
  if (way == "longer") fs::resize_file(file, fs::file_size(file) + 1);
  if (way == "missing") fs::remove(file);
  CHECK(*store->Has("a") == (way == "damaged"));  // which only reading tells
  CHECK_FALSE(Has(*store, "a"));
  CHECK(UnitsOf(*store->List({})) == std::vector<int>{2});
  CHECK_FALSE(fs::exists(file));
  CHECK(Has(*store, "b"));
  REQUIRE_OK(store->Put("a", MakeRecord(1)));
  CHECK(Has(*store, "a"));
}

TEST_CASE("opening removes what a killed process left", "[store]") {
  const TestFolder folder;
  OpenIn(folder.path())->Put("a", MakeRecord(1)).IgnoreError();
  OpenIn(folder.path())->Put("b", MakeRecord(2)).IgnoreError();
  folder.Write("temporary/17", "half");
  folder.Write("objects/0123", "never entered");
  fs::remove(folder.path() / "objects" / OpenIn(folder.path())->List({})->front().object);
  const auto store = OpenIn(folder.path());
  CHECK(UnitsOf(*store->List({})) == std::vector<int>{1});
  CHECK(FilesIn(folder.path() / "objects").size() == 1);
  CHECK(FilesIn(folder.path() / "temporary").empty());
  CHECK(store->Statistics().entries == 1);
}

TEST_CASE("the record that was used longest ago is forgotten first", "[store]") {
  const TestFolder folder;
  const uint64_t one = EncodeRecord("a", MakeRecord(1)).size();
  {
    const auto store = OpenIn(folder.path(), 3 * one);
    for (const char* key : {"a", "b", "c"}) REQUIRE_OK(store->Put(key, MakeRecord(1)));
    CHECK(Has(*store, "a"));
  }
  const auto store = OpenIn(folder.path(), 3 * one);  // remembers what was used
  REQUIRE_OK(store->Put("d", MakeRecord(1)));
  CHECK_FALSE(*store->Has("b"));
  for (const char* key : {"a", "c", "d"}) CHECK(Has(*store, key));
  CHECK(FilesIn(folder.path() / "objects").size() == 3);
  CHECK(store->Statistics().bytes == 3 * one);
}

TEST_CASE("a smaller limit holds from the next start", "[store]") {
  const TestFolder folder;
  const uint64_t one = EncodeRecord("a", MakeRecord(1)).size();
  for (const char* key : {"a", "b", "c"}) {
    REQUIRE_OK(OpenIn(folder.path())->Put(key, MakeRecord(1)));
  }
  const auto store = OpenIn(folder.path(), 2 * one);
  CHECK_FALSE(*store->Has("a"));
  CHECK(FilesIn(folder.path() / "objects").size() == 2);
}

TEST_CASE("a record over the limit is refused and the others stay", "[store]") {
  const TestFolder folder;
  const uint64_t one = EncodeRecord("a", MakeRecord(1)).size();
  const auto store = OpenIn(folder.path(), one);
  REQUIRE_OK(store->Put("a", MakeRecord(1)));
  const absl::Status status = store->Put("b", MakeRecord(1, 0, 64));
  CHECK_STATUS(status, absl::StatusCode::kResourceExhausted, "at most");
  CHECK(GetErrorDetails(status).reason == "RESULT_TOO_LARGE");
  CHECK(Has(*store, "a"));
}

TEST_CASE("a record whose images have wrong sizes is not kept", "[store]") {
  const TestFolder folder;
  const auto store = OpenIn(folder.path());
  VisualizationRecord record = MakeRecord(1);
  record.channels = 4;
  CHECK_FALSE(store->Put("a", record).ok());
  CHECK(FilesIn(folder.path() / "objects").empty());
  CHECK(FilesIn(folder.path() / "temporary").empty());
}

TEST_CASE("the newest of each unit of a layer, whatever its spec", "[store]") {
  const TestFolder folder;
  const auto store = OpenIn(folder.path());
  REQUIRE_OK(store->Put("a1", MakeRecord(1, 1)));
  REQUIRE_OK(store->Put("b2", MakeRecord(2, 9)));
  REQUIRE_OK(store->Put("b1", MakeRecord(1, 5)));
  REQUIRE_OK(store->Put("a2", MakeRecord(2, 2)));
  VisualizationRecord elsewhere = MakeRecord(1, 100);
  elsewhere.layer = "conv2";
  REQUIRE_OK(store->Put("c1", elsewhere));
  elsewhere = MakeRecord(3, 100);
  elsewhere.model_digest = "other";
  REQUIRE_OK(store->Put("d3", elsewhere));
  const auto latest = store->Latest("model", "conv1");
  REQUIRE_OK(latest);
  REQUIRE(UnitsOf(*latest) == std::vector<int>{1, 2});
  CHECK((*latest)[0].key == "b1");
  CHECK((*latest)[1].key == "a2");
  CHECK(store->Latest("model", "conv3")->empty());
}

TEST_CASE("a filter chooses what is listed and what is deleted", "[store]") {
  const TestFolder folder;
  const auto store = OpenIn(folder.path());
  for (int unit = 0; unit < 4; ++unit) {
    VisualizationRecord record = MakeRecord(unit, unit % 2);
    record.layer = unit < 2 ? "conv1" : "conv2";
    REQUIRE_OK(store->Put(std::to_string(unit), record));
  }
  CHECK(UnitsOf(*store->List({})) == std::vector<int>{3, 2, 1, 0});
  CHECK(UnitsOf(*store->List({.layer = "conv2"})) == std::vector<int>{3, 2});
  CHECK(UnitsOf(*store->List({.layer = "conv2", .job = "job 0"})) == std::vector<int>{2});
  CHECK(UnitsOf(*store->List({.network = "demo", .model_digest = "model", .unit = 1})) ==
        std::vector<int>{1});
  CHECK(store->List({.network = "other"})->empty());
  const uint64_t bytes = store->Statistics().bytes;
  const auto deleted = store->Delete({.layer = "conv2"});
  REQUIRE_OK(deleted);
  CHECK(deleted->units == 2);
  CHECK(deleted->bytes == bytes - store->Statistics().bytes);
  CHECK(UnitsOf(*store->List({})) == std::vector<int>{1, 0});
  CHECK(FilesIn(folder.path() / "objects").size() == 2);
}

TEST_CASE("keys that there are not are not deleted", "[store]") {
  const TestFolder folder;
  const auto store = OpenIn(folder.path());
  for (const char* key : {"a", "b"}) REQUIRE_OK(store->Put(key, MakeRecord(1)));
  CHECK(store->DeleteKeys({"b", "c"})->units == 1);
  CHECK(*store->Has("a"));
  CHECK_FALSE(*store->Has("b"));
}

TEST_CASE("an empty filter deletes nothing", "[store]") {
  const TestFolder folder;
  const auto store = OpenIn(folder.path());
  REQUIRE_OK(store->Put("a", MakeRecord(1)));
  CHECK_STATUS(store->Delete({}), absl::StatusCode::kInvalidArgument, "empty");
  CHECK(Has(*store, "a"));
}

TEST_CASE("a folder in use is refused, and free again afterwards", "[store]") {
  const TestFolder folder;
  {
    const auto first = OpenIn(folder.path());
    const auto second = VisualizationStore::Open({folder.path()});
    CHECK_STATUS(second, absl::StatusCode::kFailedPrecondition, "another process");
    CHECK(GetErrorDetails(second.status()).reason == "STATE_DIR_IN_USE");
  }
  OpenIn(folder.path());
}

void Execute(const fs::path& file, const std::string& command) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, command.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

TEST_CASE("a newer version's folder is refused and left as it is", "[store]") {
  const TestFolder folder;
  REQUIRE_OK(OpenIn(folder.path())->Put("a", MakeRecord(1)));
  Execute(folder.path() / "index.db", "PRAGMA user_version = 2");
  const auto store = VisualizationStore::Open({folder.path()});
  CHECK_STATUS(store, absl::StatusCode::kFailedPrecondition, "newer version");
  CHECK(GetErrorDetails(store.status()).reason == "STATE_DIR_TOO_NEW");
  CHECK(FilesIn(folder.path() / "objects").size() == 1);
  Execute(folder.path() / "index.db", "PRAGMA user_version = 1");
  CHECK(Has(*OpenIn(folder.path()), "a"));
}

// Other bytes from there on.
void Overwrite(const fs::path& file, std::streamoff from) {
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(from);
  bytes << std::string(5000, 'x');
}

TEST_CASE("a damaged index is made again from the files, but for those that are damaged, too",
          "[store]") {
  const TestFolder folder;
  const std::streamoff from = GENERATE(0, 4096);  // the header; the table
  {
    const auto store = OpenIn(folder.path());
    for (int unit = 0; unit < 3; ++unit) {
      REQUIRE_OK(store->Put(std::to_string(unit), MakeRecord(unit)));
    }
  }
  Damage(FilesIn(folder.path() / "objects").front());
  Overwrite(folder.path() / "index.db", from);
  const auto store = OpenIn(folder.path());
  CHECK(store->Statistics().entries == 2);
  CHECK(FilesIn(folder.path() / "objects").size() == 2);
  int found = 0;
  for (int unit = 0; unit < 3; ++unit) found += Has(*store, std::to_string(unit)) ? 1 : 0;
  CHECK(found == 2);
}

TEST_CASE("an index that was not made to its end is made again", "[store]") {
  const TestFolder folder;
  REQUIRE_OK(OpenIn(folder.path())->Put("a", MakeRecord(1)));
  Overwrite(folder.path() / "index.db", 0);
  folder.Write("index.made.db", "half");
  CHECK(Has(*OpenIn(folder.path()), "a"));
  CHECK(Has(*OpenIn(folder.path()), "a"));
}

TEST_CASE("of a damaged index over the limit the newest are named", "[store]") {
  const TestFolder folder;
  const uint64_t one = EncodeRecord("0", MakeRecord(0)).size();
  {
    const auto store = OpenIn(folder.path());
    for (int unit = 0; unit < 3; ++unit) {
      VisualizationRecord record = MakeRecord(unit);
      record.finished = absl::FromUnixSeconds(unit == 0 ? 30 : unit);
      REQUIRE_OK(store->Put(std::to_string(unit), record));
    }
  }
  Overwrite(folder.path() / "index.db", 0);
  const auto store = OpenIn(folder.path(), 2 * one + 100);
  CHECK(Has(*store, "0"));
  CHECK_FALSE(Has(*store, "1"));
  CHECK(Has(*store, "2"));
}

TEST_CASE("a folder that cannot be made is an error without its path", "[store]") {
  const TestFolder folder;
  folder.Write("file", "");
  const auto store = VisualizationStore::Open({folder.path() / "file" / "state"});
  CHECK_STATUS(store, absl::StatusCode::kInternal, "making a folder");
  CHECK(store.status().message().find(folder.path().string()) == std::string::npos);
}

TEST_CASE("many threads put, read and delete, and nobody sees half a record", "[store]") {
  const TestFolder folder;
  const uint64_t one = EncodeRecord("0", MakeRecord(0, 0, 16)).size();
  const auto store = OpenIn(folder.path(), 6 * one);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 40; ++i) {
        const int unit = (i * 3 + t) % 9;
        const std::string key = std::to_string(unit);
        if (!store->Put(key, MakeRecord(unit, i % 2, 16)).ok()) ++wrong;
        const auto found = store->Get(std::to_string((unit + 4) % 9));
        if (!found.ok()) ++wrong;
        if (found.ok() && found->has_value() &&
            !IsWhole(**found, MakeRecord((*found)->unit, (*found)->steps, 16))) {
          ++wrong;
        }
        if (i % 10 == 9 && !store->Delete({.unit = unit}).ok()) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  const auto rows = store->List({});
  REQUIRE_OK(rows);
  CHECK(rows->size() == FilesIn(folder.path() / "objects").size());
  CHECK(store->Statistics().bytes <= 6 * one);
  for (const IndexRow& row : *rows) CHECK(Has(*store, row.key));
}

}  // namespace
}  // namespace deepvision
