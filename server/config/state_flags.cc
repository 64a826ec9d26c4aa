#include "server/config/state_flags.h"

#include <filesystem>
#include <system_error>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

ABSL_FLAG(std::string, state_dir, "",
          "Folder in which finished visualizations are kept, so that none is computed twice, also "
          "after a restart; made when only the folder above it is there. Of one server at a time. "
          "Default: none; the newest 256 MiB are kept in memory until the server stops.");
ABSL_FLAG(int64_t, state_bytes, int64_t{4} << 30,
          "Most bytes in --state_dir; visualizations that were used longest ago go first.");

namespace deepvision {
namespace {

constexpr int64_t kMinBytes = int64_t{16} << 20;
constexpr int64_t kMaxBytes = int64_t{1} << 44;

// So that a slip of the pen makes no folder somewhere.
absl::Status CheckFolder(const std::string& folder) {
  if (folder.empty()) return absl::OkStatus();
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(folder, error).lexically_normal();
  const std::filesystem::path named = path.has_filename() ? path : path.parent_path();
  if (std::filesystem::exists(named, error) && !std::filesystem::is_directory(named, error)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--state_dir is \"", folder, "\", which is no folder"));
  }
  if (std::filesystem::is_directory(named.parent_path(), error)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("--state_dir is \"", folder,
                                                 "\", but there is no folder ",
                                                 named.parent_path().string(), "; make it"));
}

}  // namespace

absl::StatusOr<StateFlags> ReadStateFlags() {
  StateFlags flags;
  flags.state_dir = absl::GetFlag(FLAGS_state_dir);
  DV_RETURN_IF_ERROR(CheckFolder(flags.state_dir));
  const int64_t bytes = absl::GetFlag(FLAGS_state_bytes);
  if (bytes < kMinBytes || bytes > kMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("--state_bytes is ", bytes, "; it must be ", kMinBytes, " to ", kMaxBytes));
  }
  flags.state_bytes = static_cast<uint64_t>(bytes);
  return flags;
}

}  // namespace deepvision
