// What the operator's flags say about who may come in, opened and checked.
//
//   DV_ASSIGN_OR_RETURN(Doors doors, OpenDoors(options, LogWarning));
//
// Threading: plain functions; they read files and block.
#ifndef DEEPVISION_SERVER_AUTH_DOORS_H_
#define DEEPVISION_SERVER_AUTH_DOORS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/auth/gatekeeper.h"
#include "server/auth/read_file.h"
#include "server/auth/tls_credentials.h"
#include "server/auth/tls_files.h"

namespace deepvision {

struct DoorOptions {
  std::string listen;
  TlsPaths tls;                  // no certificate: plain text
  std::string token_file;        // empty: clients need no token
  std::string admin_token_file;  // empty: there is no such token
  bool insecure = false;         // the operator accepts strangers
};

struct Doors {
  std::shared_ptr<TlsCredentials> tls;           // null: plain text
  std::shared_ptr<const Gatekeeper> gatekeeper;  // null: no tokens at all
  std::string warning;                           // for the log, if not empty
};

// kInvalidArgument or kFailedPrecondition, with what to do, when a file is not in
// order or strangers could come in and `insecure` is not set. `log` hears of
// files that are replaced later.
absl::StatusOr<Doors> OpenDoors(const DoorOptions& options, OperatorLog log);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_AUTH_DOORS_H_
