// The bearer tokens of --token_file or --admin_token_file.
//
// One token per line, then, after a space, a name for the log if wanted; empty
// lines and lines that begin with '#' do not count:
//
//   # made with: openssl rand -hex 32
//   3f1c…9b unity-lab
//
// Only digests of the tokens stay in memory. A change of the file counts within
// a second of the next call (see watched_files.h). A file that cannot be read or
// has a wrong line keeps the tokens that were read before, and is logged; a file
// without any token lets nobody in.
//
// Threading: thread-safe; Find reads the file when it has changed.
#ifndef DEEPVISION_SERVER_AUTH_TOKEN_FILE_H_
#define DEEPVISION_SERVER_AUTH_TOKEN_FILE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/auth/read_file.h"
#include "server/auth/watched_files.h"

namespace deepvision {

class TokenFile {
 public:
  // kInvalidArgument, naming flag, file and line, when there is no such file, it
  // has a wrong line or no token. `log` hears of reloads.
  static absl::StatusOr<std::unique_ptr<TokenFile>> Open(
      FlagFile file, OperatorLog log, absl::Duration interval = absl::Seconds(1));

  // The name of the line that holds `token` ("" when the line has none), or
  // nothing. Takes equally long whichever line it is.
  std::optional<std::string> Find(absl::string_view token);

 private:
  struct Entry {
    std::string digest;
    std::string name;
  };

  TokenFile(FlagFile file, OperatorLog log, absl::Duration interval);
  absl::StatusOr<std::vector<Entry>> Read() const;
  absl::StatusOr<Entry> ParseLine(absl::string_view line, int number) const;
  void Reload();

  const FlagFile file_;
  const OperatorLog log_;
  WatchedFiles watched_;
  absl::Mutex mutex_;
  std::vector<Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_AUTH_TOKEN_FILE_H_
