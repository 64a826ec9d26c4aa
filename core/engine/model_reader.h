// Reads model files with a limit on the time: LibTorch may never come back from
// one that is damaged.
//
// Threading: thread-safe.
// Ownership: what was given up may outlive the reader.
#ifndef DEEPVISION_CORE_ENGINE_MODEL_READER_H_
#define DEEPVISION_CORE_ENGINE_MODEL_READER_H_

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/base/abandonable.h"
#include "core/loader/model_file.h"

namespace deepvision {

class ModelReader {
 public:
  using Result = absl::StatusOr<std::unique_ptr<ModelFile>>;

  // As ModelFile::Open, on a thread of its own. Blocks until `limit` at most:
  // then that thread is given up, and the result is kDeadlineExceeded.
  Result Read(const std::string& path, const std::string& sha256, absl::Duration limit);

  // Threads that read a file now, given-up ones included; 0 at rest.
  uint64_t reading() const;

 private:
  mutable absl::Mutex mutex_;
  std::list<Abandonable<Result>> readings_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_MODEL_READER_H_
