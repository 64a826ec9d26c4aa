// Which addresses strangers can reach, and what must then stand in their way.
//
// Threading: pure functions.
#ifndef DEEPVISION_SERVER_AUTH_EXPOSURE_H_
#define DEEPVISION_SERVER_AUTH_EXPOSURE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace deepvision {

// True for addresses that only processes of this machine can reach: 127.0.0.0/8,
// ::1, localhost and Unix sockets, written as gRPC takes them ("[::1]:50051",
// "ipv4:127.0.0.1:0", "unix:/run/deepvision.sock"). Anything else, names of other
// hosts included, counts as reachable.
bool IsLocalAddress(absl::string_view address);

struct Exposure {
  std::string listen;
  bool encrypted = false;      // TLS
  bool callers_known = false;  // tokens or client certificates
  bool accepted = false;       // --insecure
};

// The warning that the operator is to see, empty when there is nothing to warn
// of; kFailedPrecondition, with what to do, when strangers could come in and
// nobody has accepted that.
absl::StatusOr<std::string> CheckExposure(const Exposure& exposure);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_AUTH_EXPOSURE_H_
