#include "core/store/durable_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"

namespace deepvision {
namespace {

// Calls that a signal interrupts are made again.
template <typename Call>
auto Retrying(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

absl::Status WriteAll(int descriptor, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        Retrying([&] { return ::write(descriptor, bytes.data(), bytes.size()); });
    if (written < 0) return FileError("writing a file", errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status Flush(int descriptor) {
  if (Retrying([&] { return ::fsync(descriptor); }) == 0) return absl::OkStatus();
  return FileError("flushing a file", errno);
}

absl::Status FlushFolder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return FileError("opening a folder", errno);
  const absl::Cleanup close = [descriptor] { ::close(descriptor); };
  return Flush(descriptor);
}

absl::Status WriteAndClose(int descriptor, absl::string_view bytes) {
  absl::Status status = WriteAll(descriptor, bytes);
  if (status.ok()) status = Flush(descriptor);
  // Some file systems tell only now that there is no room.
  if (::close(descriptor) != 0 && status.ok()) status = FileError("closing a file", errno);
  return status;
}

}  // namespace

absl::Status FileError(absl::string_view what, int error_number) {
  if (error_number == ENOSPC || error_number == EDQUOT) {
    return WithReason(absl::ResourceExhaustedError(
                          "the disk of --state_dir is full, so the result was not kept; make room "
                          "or lower --state_dir_bytes"),
                      "DISK_FULL");
  }
  return absl::InternalError(
      absl::StrCat("state on disk: ", what, " failed: ", std::strerror(error_number)));
}

absl::Status WriteFlushed(const std::filesystem::path& path, absl::string_view bytes) {
  const int descriptor =
      Retrying([&] { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600); });
  if (descriptor < 0) return FileError("making a file", errno);
  absl::Status status = WriteAndClose(descriptor, bytes);
  if (!status.ok()) ::unlink(path.c_str());
  return status;
}

absl::Status MoveFlushed(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return FileError("renaming a file", errno);
  return FlushFolder(to.parent_path());
}

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& path, uint64_t size) {
  std::error_code error;
  const uint64_t actual = std::filesystem::file_size(path, error);
  if (error) return absl::NotFoundError("there is no such file");
  if (actual != size) return absl::DataLossError("a file has another size");
  std::string bytes(size, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) {
    return absl::DataLossError("a file cannot be read");
  }
  return bytes;
}

absl::Status RemoveFile(const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::remove(file, error);
  return error ? FileError("removing a file", error.value()) : absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> NamesIn(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator file(folder, error);
  for (; !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
    names.push_back(file->path().filename().string());
  }
  if (error) return FileError("reading a folder", error.value());
  return names;
}

absl::StatusOr<std::unique_ptr<FolderLock>> FolderLock::Take(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return FileError("opening the lock file", errno);
  std::unique_ptr<FolderLock> lock(new FolderLock(descriptor));
  // By the open file, not by the process: gone with it, however it ends.
  if (Retrying([&] { return ::flock(descriptor, LOCK_EX | LOCK_NB); }) == 0) return lock;
  if (errno != EWOULDBLOCK) return FileError("locking", errno);
  return WithReason(absl::FailedPreconditionError(
                        "another process uses this --state_dir; stop it, or give each server a "
                        "folder of its own"),
                    "STATE_DIR_IN_USE");
}

FolderLock::~FolderLock() { ::close(descriptor_); }

}  // namespace deepvision
