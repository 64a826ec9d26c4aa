#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/api/error.h"
#include "core/store/visualization_store.h"
#include "tests/core/store/records.h"
#include "tests/support/catch.h"
#include "tests/support/folder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

namespace fs = std::filesystem;

bool MountHere(const fs::path& folder) {
  return mount("none", folder.c_str(), "tmpfs", 0, "size=1m") == 0;
}

// Becomes root of a namespace of its own, where mounting is allowed.
void LeaveForOwnNamespace() {
  const std::string map = "0 " + std::to_string(getuid()) + " 1";
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return;
  std::ofstream("/proc/self/uid_map") << map;
}

// A file system of one megabyte, on a folder, as long as it lives.
class SmallDisk {
 public:
  SmallDisk() {
    mounted_ = MountHere(folder_.path());
    if (!mounted_) {
      LeaveForOwnNamespace();
      mounted_ = MountHere(folder_.path());
    }
  }
  ~SmallDisk() {
    if (mounted_) umount2(folder_.path().c_str(), MNT_DETACH);
  }

  bool mounted() const { return mounted_; }
  const fs::path& path() const { return folder_.path(); }

  // Leaves no room at all.
  void Fill() const {
    const int file = open((path() / "filler").c_str(), O_WRONLY | O_CREAT, 0600);
    const std::string block(4096, 'x');
    while (write(file, block.data(), block.size()) > 0) {
    }
    close(file);
  }

 private:
  TestFolder folder_;
  bool mounted_ = false;
};

std::unique_ptr<VisualizationStore> OpenIn(const fs::path& folder) {
  auto store = VisualizationStore::Open({folder});
  REQUIRE_OK(store);
  return *std::move(store);
}

// How many were put before one was refused, which it checks.
int PutUntilFull(VisualizationStore& store) {
  for (int unit = 0; unit < 1000; ++unit) {
    const absl::Status status = store.Put(std::to_string(unit), MakeRecord(unit, 0, 32));
    if (status.ok()) continue;
    CHECK_STATUS(status, absl::StatusCode::kResourceExhausted, "disk of --state_dir is full");
    CHECK(GetErrorDetails(status).reason == "DISK_FULL");
    return unit;
  }
  FAIL("a megabyte holds more than it can");
  return 0;
}

void CheckAllThere(VisualizationStore& store, int count) {
  for (int unit = 0; unit < count; ++unit) {
    const auto record = store.Get(std::to_string(unit));
    REQUIRE_OK(record);
    REQUIRE(record->has_value());
    CHECK(IsWhole(**record, MakeRecord(unit, 0, 32)));
  }
}

TEST_CASE("a full disk refuses with a clear error and loses nothing", "[store][full_disk]") {
  const SmallDisk disk;
  if (!disk.mounted()) {
    SKIP("NO SMALL DISK TO FILL: mounting a tmpfs is not allowed here (" << std::strerror(errno)
                                                                         << ")");
  }
  auto store = OpenIn(disk.path());
  const int count = PutUntilFull(*store);
  REQUIRE(count > 3);
  CheckAllThere(*store, count);
  CHECK(fs::is_empty(disk.path() / "temporary"));

  disk.Fill();
  CHECK(absl::IsResourceExhausted(store->Put("more", MakeRecord(1, 0, 2))));
  CheckAllThere(*store, count);
  CHECK_FALSE(*store->Has("more"));

  store.reset();  // a restart on the full disk
  store = OpenIn(disk.path());
  CheckAllThere(*store, count);
  CHECK(store->Statistics().entries == static_cast<uint64_t>(count));

  REQUIRE_OK(store->Delete({.unit = 0}));  // room again, without a restart
  REQUIRE_OK(store->Delete({.unit = 1}));
  REQUIRE_OK(store->Put("more", MakeRecord(1, 0, 32)));
  CHECK((*store->Get("more")).has_value());
  store.reset();
  store = OpenIn(disk.path());
  CHECK(store->Statistics().entries == static_cast<uint64_t>(count) - 1);
}

}  // namespace
}  // namespace deepvision
