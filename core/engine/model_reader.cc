#include "core/engine/model_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/fault_point.h"

namespace deepvision {

ModelReader::Result ModelReader::Read(const std::string& path, const std::string& sha256,
                                      absl::Duration limit) {
  Abandonable<Result> reading([path, sha256] {
    DV_DELAY_POINT("read_model");
    return ModelFile::Open(path, sha256);
  });
  {
    absl::MutexLock lock(&mutex_);
    readings_.push_back(reading);
  }
  std::optional<Result> result = reading.WaitFor(limit);
  absl::MutexLock lock(&mutex_);
  readings_.remove_if([](const Abandonable<Result>& other) { return !other.IsRunning(); });
  if (result) return *std::move(result);
  return absl::DeadlineExceededError(
      absl::StrCat("reading the file took longer than ", absl::FormatDuration(limit),
                   "; save the network again, or raise --load_timeout"));
}

uint64_t ModelReader::reading() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<uint64_t>(
      std::count_if(readings_.begin(), readings_.end(),
                    [](const Abandonable<Result>& reading) { return reading.IsRunning(); }));
}

}  // namespace deepvision
