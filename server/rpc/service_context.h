// What every service needs; one per server, outlives its services.
#ifndef DEEPVISION_SERVER_RPC_SERVICE_CONTEXT_H_
#define DEEPVISION_SERVER_RPC_SERVICE_CONTEXT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "core/api/engine.h"
#include "core/base/byte_budget.h"
#include "server/auth/gatekeeper.h"
#include "server/call/call_tracker.h"
#include "server/stream/stream_writer.h"

namespace deepvision {

struct ServiceContext {
  Engine* engine = nullptr;
  CallTracker* calls = nullptr;
  const Gatekeeper* gatekeeper = nullptr;  // null: every door is open
  std::shared_ptr<BufferCounters> buffers = std::make_shared<BufferCounters>();
  StreamOptions stream;
  std::string version;
  uint64_t max_request_bytes = 0;
  uint32_t max_message_bytes = 1 << 20;
  uint32_t max_layers_per_request = 4096;
  uint32_t max_concurrent_streams = 100;
  uint64_t max_upload_bytes = 0;        // of one upload
  std::shared_ptr<ByteBudget> uploads;  // of all at a time
  absl::Time start;
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_RPC_SERVICE_CONTEXT_H_
