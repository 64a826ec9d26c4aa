// The probe of `deepvision_server --healthcheck`: asks a running server for its
// health, so that an image needs no other tool.
#ifndef DEEPVISION_SERVER_LIFECYCLE_HEALTH_PROBE_H_
#define DEEPVISION_SERVER_LIFECYCLE_HEALTH_PROBE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace deepvision {

// OK when `service` ("": the whole server) of the server at `address` is
// SERVING. Blocks, at most `timeout`.
absl::Status ProbeHealth(const std::string& address, absl::string_view service,
                         absl::Duration timeout);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_LIFECYCLE_HEALTH_PROBE_H_
