// Small files that the operator names by a flag.
#ifndef DEEPVISION_SERVER_AUTH_READ_FILE_H_
#define DEEPVISION_SERVER_AUTH_READ_FILE_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace deepvision {

// Takes one line for the operator's log.
using OperatorLog = std::function<void(absl::string_view)>;

// A file and the flag that named it: "tls_key", "/etc/deepvision/key.pem".
struct FlagFile {
  std::string flag;
  std::string path;
};

// kInvalidArgument "--<flag>=<path>: <problem>".
absl::Status FlagFileError(const FlagFile& file, absl::string_view problem);

// The whole file, at most 1 MiB. Blocks. The error names the flag.
absl::StatusOr<std::string> ReadFlagFile(const FlagFile& file);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_AUTH_READ_FILE_H_
