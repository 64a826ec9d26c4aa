// What the frames of a live session mean: each is prepared on the host pool and
// has a forward pass of its own, past the caches.
//
// Threading: one call at a time, as core/engine/live_session.h says.
// Ownership: what the tools point at outlives the worker's tasks.
#ifndef DEEPVISION_CORE_ENGINE_LIVE_WORKER_H_
#define DEEPVISION_CORE_ENGINE_LIVE_WORKER_H_

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/api/cancellation.h"
#include "core/base/byte_budget.h"
#include "core/base/executor.h"
#include "core/engine/forward_passes.h"
#include "core/engine/layer_delivery.h"
#include "core/engine/live_session.h"
#include "core/engine/network.h"

namespace deepvision {

// What an engine lends to its live sessions.
struct LiveTools {
  std::function<absl::StatusOr<std::shared_ptr<Network>>(absl::string_view id)> find;
  std::function<absl::StatusOr<ProducedBy>(const Network&, Numerics)> produced_by;
  // As PreparedInput::tensor; remembers nothing.
  std::function<absl::StatusOr<at::Tensor>(const Input&, const Network&)> prepare;
  Executor* host = nullptr;
  ForwardPasses* passes = nullptr;
  ByteBudget* budget = nullptr;
  DeliveryTools delivery;
};

std::unique_ptr<LiveWorker> MakeLiveWorker(LiveTools tools, CancellationToken cancelled);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_LIVE_WORKER_H_
