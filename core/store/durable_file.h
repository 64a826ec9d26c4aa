// Files that are there as a whole or not at all, whenever the process or the
// machine stops: written under another name, flushed, then renamed.
//
//   DV_RETURN_IF_ERROR(WriteFlushed(temporary, bytes));
//   DV_RETURN_IF_ERROR(MoveFlushed(temporary, final));
//
// Threading: plain functions; they block on the disk.
// Errors: kResourceExhausted with reason DISK_FULL when there is no room (quotas
// too); else kInternal. Texts hold no path.
#ifndef DEEPVISION_CORE_STORE_DURABLE_FILE_H_
#define DEEPVISION_CORE_STORE_DURABLE_FILE_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace deepvision {

// Makes a file, which must not exist, that holds `bytes` and has reached the disk.
// After an error there is no file.
absl::Status WriteFlushed(const std::filesystem::path& path, absl::string_view bytes);

// Renames a file; the new name has reached the disk when it returns.
absl::Status MoveFlushed(const std::filesystem::path& from, const std::filesystem::path& to);

// The whole file. kNotFound when there is none, kDataLoss when it cannot be read or
// has not `size` bytes.
absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path, uint64_t size);

// Removes a file, if it is there.
absl::Status RemoveFile(const std::filesystem::path& file);

// Of the files and folders in `folder`, in no order.
absl::StatusOr<std::vector<std::string>> NamesIn(const std::filesystem::path& folder);

// `what` has failed with this errno.
absl::Status FileError(absl::string_view what, int error_number);

// Says that this process uses a folder, until it ends or the object goes.
class FolderLock {
 public:
  // Takes the lock file, and makes it when there is none. kFailedPrecondition,
  // reason STATE_DIR_IN_USE, when another process (or object) has it.
  static absl::StatusOr<std::unique_ptr<FolderLock>> Take(const std::filesystem::path& file);

  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_STORE_DURABLE_FILE_H_
