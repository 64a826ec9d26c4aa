#include "server/auth/read_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace deepvision {
namespace {

constexpr size_t kMaxBytes = 1 << 20;

}  // namespace

absl::Status FlagFileError(const FlagFile& file, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("--", file.flag, "=", file.path, ": ", problem));
}

absl::StatusOr<std::string> ReadFlagFile(const FlagFile& file) {
  errno = 0;
  std::ifstream stream(file.path, std::ios::binary);
  std::string text(kMaxBytes + 1, '\0');
  if (!stream.is_open() || (!stream.read(text.data(), text.size()) && !stream.eof())) {
    const int error = errno != 0 ? errno : EIO;
    return FlagFileError(file, absl::StrCat("cannot be read (", std::strerror(error),
                                            "); name a file that this user may read"));
  }
  text.resize(static_cast<size_t>(stream.gcount()));
  if (text.size() > kMaxBytes) return FlagFileError(file, "is larger than 1 MiB");
  return text;
}

}  // namespace deepvision
