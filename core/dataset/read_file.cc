#include "core/dataset/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace deepvision {
namespace {

absl::Status Gone() { return absl::NotFoundError("its file cannot be read any more"); }

// Until the end of the file or the end of `bytes`; the number read, or -1.
ssize_t ReadAll(int file, std::vector<uint8_t>* bytes) {
  size_t done = 0;
  while (done < bytes->size()) {
    const ssize_t part = read(file, bytes->data() + done, bytes->size() - done);
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return -1;
    if (part == 0) break;
    done += static_cast<size_t>(part);
  }
  return static_cast<ssize_t>(done);
}

}  // namespace

absl::StatusOr<HostBuffer> ReadRegularFile(const std::string& path, size_t max_bytes) {
  // A link or a pipe that has taken the file's place since is not opened.
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return Gone();
  const absl::Cleanup closer = [file] { close(file); };
  struct stat info;
  if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode)) return Gone();
  const uint64_t size = static_cast<uint64_t>(info.st_size);
  if (size > max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("its file has ", size, " bytes; at most ", max_bytes, " are accepted"));
  }
  std::vector<uint8_t> bytes(size);
  const ssize_t done = ReadAll(file, &bytes);
  if (done < 0) return Gone();
  bytes.resize(static_cast<size_t>(done));
  return HostBuffer(std::move(bytes));
}

}  // namespace deepvision
