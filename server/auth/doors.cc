#include "server/auth/doors.h"

#include <utility>

#include "core/base/status_macros.h"
#include "server/auth/exposure.h"

namespace deepvision {
namespace {

absl::StatusOr<std::unique_ptr<TokenFile>> OpenTokens(absl::string_view flag,
                                                      const std::string& path,
                                                      const OperatorLog& log) {
  if (path.empty()) return nullptr;
  return TokenFile::Open({std::string(flag), path}, log);
}

}  // namespace

absl::StatusOr<Doors> OpenDoors(const DoorOptions& options, OperatorLog log) {
  Doors doors;
  if (!options.tls.certificate.empty()) {
    DV_ASSIGN_OR_RETURN(doors.tls, TlsCredentials::Create(options.tls, log));
  }
  DV_ASSIGN_OR_RETURN(auto clients, OpenTokens("token_file", options.token_file, log));
  DV_ASSIGN_OR_RETURN(auto admins, OpenTokens("admin_token_file", options.admin_token_file, log));
  Exposure exposure;
  exposure.listen = options.listen;
  exposure.encrypted = doors.tls != nullptr;
  exposure.callers_known = clients != nullptr || !options.tls.client_ca.empty();
  exposure.accepted = options.insecure;
  DV_ASSIGN_OR_RETURN(doors.warning, CheckExposure(exposure));
  if (clients != nullptr || admins != nullptr) {
    doors.gatekeeper = std::make_shared<const Gatekeeper>(std::move(clients), std::move(admins));
  }
  return doors;
}

}  // namespace deepvision
