// Notices that files have changed, without a thread or a timer of its own: the
// files are looked at when somebody asks, and at most once per `interval`. That
// follows every way in which files are replaced (written in place, renamed over,
// a symbolic link or a mounted volume that is switched), and costs nothing while
// nobody calls.
//
//   WatchedFiles files({key, certificate});   // before they are first read
//   if (files.HaveChanged()) Read(key, certificate);
//
// Threading: thread-safe. HaveChanged asks the file system (one stat per file)
// and is otherwise a lock and a comparison of times.
#ifndef DEEPVISION_SERVER_AUTH_WATCHED_FILES_H_
#define DEEPVISION_SERVER_AUTH_WATCHED_FILES_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace deepvision {

class WatchedFiles {
 public:
  explicit WatchedFiles(std::vector<std::string> paths, absl::Duration interval = absl::Seconds(1));

  // True once per change: when a file differs from what it was when this was
  // made or said true last. A file that is gone differs, too.
  bool HaveChanged();

 private:
  // Device, inode, size, and times of change; zeros when there is no file.
  using Stamp = std::array<int64_t, 7>;
  std::vector<Stamp> Look() const;

  const std::vector<std::string> paths_;
  const absl::Duration interval_;
  absl::Mutex mutex_;
  absl::Time next_look_ ABSL_GUARDED_BY(mutex_);
  std::vector<Stamp> stamps_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_AUTH_WATCHED_FILES_H_
