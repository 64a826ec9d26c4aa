// The probe of `deepvision_server --healthcheck`: asks a running server for its
// health, so that an image needs no other tool.
#ifndef DEEPVISION_SERVER_LIFECYCLE_HEALTH_PROBE_H_
#define DEEPVISION_SERVER_LIFECYCLE_HEALTH_PROBE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace deepvision {

// PEM texts of the certificate and key that the probe shows to a server that
// asks for one.
struct ProbeIdentity {
  std::string certificate;
  std::string key;
};

// OK when `service` ("": the whole server) of the server at `address` is
// SERVING. Blocks, at most `timeout`. With `tls` it speaks TLS, and does not check
// whom it talks to: it asks its own machine, and says nothing that is secret.
absl::Status ProbeHealth(const std::string& address, absl::string_view service,
                         absl::Duration timeout,
                         const std::optional<ProbeIdentity>& tls = std::nullopt);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_LIFECYCLE_HEALTH_PROBE_H_
