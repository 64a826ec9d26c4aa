// What the server holds at this moment, asked when Prometheus comes: nothing runs
// in between. docs/operations.md describes every metric.
//
// Threading: thread-safe.
// Ownership: what GaugeSources points to must outlive the gauges.
#ifndef DEEPVISION_SERVER_METRICS_GAUGES_H_
#define DEEPVISION_SERVER_METRICS_GAUGES_H_

#include <prometheus/collectable.h>

#include <memory>
#include <string>

#include "core/api/engine.h"
#include "server/auth/tls_credentials.h"
#include "server/call/call_tracker.h"
#include "server/stream/outgoing_message.h"

namespace deepvision {

struct GaugeSources {
  const Engine* engine = nullptr;
  const CallTracker* calls = nullptr;
  const BufferCounters* buffers = nullptr;
  const TlsCredentials* tls = nullptr;  // null: no TLS
  std::string version;
};

std::shared_ptr<prometheus::Collectable> MakeGauges(GaugeSources sources);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_METRICS_GAUGES_H_
