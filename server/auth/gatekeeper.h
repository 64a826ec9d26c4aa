// Who may call what: clients with a token of --token_file, administrators with
// one of --admin_token_file, who may do all that clients may. Without a file a
// door is open; then something else must keep strangers out (the loopback, a
// client certificate).
//
// Threading: thread-safe.
#ifndef DEEPVISION_SERVER_AUTH_GATEKEEPER_H_
#define DEEPVISION_SERVER_AUTH_GATEKEEPER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/auth/token_file.h"

namespace deepvision {

enum class Door { kService, kAdmin };

class Gatekeeper {
 public:
  // Either may be null.
  Gatekeeper(std::unique_ptr<TokenFile> clients, std::unique_ptr<TokenFile> admins);

  // `authorization` is the value of that header, empty when there is none. The
  // name of the caller's token, empty when it has none; else
  //   kUnauthenticated   no token, or one that is not in a file
  //   kPermissionDenied  a client's token at the administrators' door
  absl::StatusOr<std::string> Check(Door door, absl::string_view authorization) const;

  bool knows_clients() const { return clients_ != nullptr; }
  bool knows_admins() const { return admins_ != nullptr; }

 private:
  const std::unique_ptr<TokenFile> clients_;
  const std::unique_ptr<TokenFile> admins_;
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_AUTH_GATEKEEPER_H_
