#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/store/visualization_store.h"
#include "tests/core/store/writer.h"
#include "tests/support/catch.h"
#include "tests/support/folder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

namespace fs = std::filesystem;

constexpr int kKills = 60;

// Runs the writer for so long, kills it and gives what it said.
std::string RunAndKill(const fs::path& folder, int seed, absl::Duration life) {
  std::array<int, 2> ends;
  REQUIRE(pipe(ends.data()) == 0);
  const std::string seed_text = std::to_string(seed);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl(DEEPVISION_STORE_WRITER, "store_writer", folder.c_str(), seed_text.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  std::string said;
  char buffer[4096];
  // Its life begins with the first thing it has done.
  ssize_t size = read(ends[0], buffer, sizeof(buffer));
  if (size > 0) said.append(buffer, static_cast<size_t>(size));
  absl::SleepFor(life);
  kill(child, SIGKILL);
  while ((size = read(ends[0], buffer, sizeof(buffer))) > 0) {
    said.append(buffer, static_cast<size_t>(size));
  }
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  INFO(said);
  REQUIRE(WIFSIGNALED(status));  // it had not failed before
  return said;
}

struct Said {
  int unit = -1;
  int number = 0;
};

// The last record that was put for certain, unless it may have been deleted.
std::optional<Said> LastPut(const std::string& said) {
  std::istringstream lines(said);
  std::string verb;
  std::optional<Said> last;
  while (lines >> verb) {
    Said now;
    lines >> now.unit;
    if (verb == "put") {
      lines >> now.number;
      last = now;
    } else if (last.has_value() && last->unit == now.unit) {
      last.reset();
    }
  }
  return last;
}

std::set<std::string> NamesIn(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& file : fs::directory_iterator(folder)) names.insert(file.path().filename());
  return names;
}

// Rows and files are the same set, and every record is whole.
void CheckWhole(VisualizationStore& store, const fs::path& folder) {
  const auto rows = store.List({});
  REQUIRE_OK(rows);
  std::set<std::string> objects;
  for (const IndexRow& row : *rows) {
    objects.insert(row.object);
    const auto record = store.Get(row.key);
    REQUIRE_OK(record);
    REQUIRE(record->has_value());
    REQUIRE(row.key == WriterKey(row.unit));
    REQUIRE(IsWhole(**record, WriterRecord(row.unit, (*record)->steps)));
  }
  REQUIRE(NamesIn(folder / "objects") == objects);
  REQUIRE(NamesIn(folder / "temporary").empty());
  REQUIRE(store.Statistics().bytes <= WriterBytes());
}

TEST_CASE("a store whose process is killed at any moment holds whole records only",
          "[store][kill]") {
  const TestFolder folder;
  std::mt19937 random(20260101);
  int left_behind = 0;
  for (int i = 0; i < kKills; ++i) {
    INFO("kill " << i);
    const std::string said = RunAndKill(folder.path(), i, absl::Microseconds(random() % 40'000));
    if (!NamesIn(folder.path() / "temporary").empty()) ++left_behind;
    const auto store = VisualizationStore::Open({folder.path(), WriterBytes()});
    REQUIRE_OK(store);
    CheckWhole(**store, folder.path());
    const std::optional<Said> last = LastPut(said);
    if (!last.has_value()) continue;
    const auto record = (*store)->Get(WriterKey(last->unit));
    REQUIRE_OK(record);
    REQUIRE(record->has_value());  // what was acknowledged is kept
    REQUIRE((*record)->steps >= last->number);
  }
  INFO("killed while a file was written: " << left_behind);
  CHECK(left_behind > 0);
}

}  // namespace
}  // namespace deepvision
