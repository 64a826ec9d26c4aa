#include "server/auth/watched_files.h"

#include <sys/stat.h>

#include <utility>

#include "absl/time/clock.h"

namespace deepvision {

WatchedFiles::WatchedFiles(std::vector<std::string> paths, absl::Duration interval)
    : paths_(std::move(paths)),
      interval_(interval),
      next_look_(absl::Now() + interval),
      stamps_(Look()) {}

bool WatchedFiles::HaveChanged() {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = absl::Now();
  if (now < next_look_) return false;
  next_look_ = now + interval_;
  std::vector<Stamp> stamps = Look();
  if (stamps == stamps_) return false;
  stamps_ = std::move(stamps);
  return true;
}

std::vector<WatchedFiles::Stamp> WatchedFiles::Look() const {
  std::vector<Stamp> stamps;
  for (const std::string& path : paths_) {
    struct stat file = {};
    if (stat(path.c_str(), &file) != 0) file = {};
    stamps.push_back({static_cast<int64_t>(file.st_dev), static_cast<int64_t>(file.st_ino),
                      file.st_size, file.st_mtim.tv_sec, file.st_mtim.tv_nsec, file.st_ctim.tv_sec,
                      file.st_ctim.tv_nsec});
  }
  return stamps;
}

}  // namespace deepvision
