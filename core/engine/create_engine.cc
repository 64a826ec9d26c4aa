#include "core/engine/create_engine.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/executor.h"
#include "core/base/status_macros.h"
#include "core/engine/engine_impl.h"

namespace deepvision {
namespace {

int CoreCount() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

absl::StatusOr<std::string> ResolveDevice(const std::string& device) {
  if (device == "auto" || device == "cpu") return std::string("cpu");
  return absl::InvalidArgumentError(absl::StrCat(
      "device \"", device, "\" is not available in this build; use \"cpu\" or \"auto\""));
}

// The device worker, and a host pool that together with the intra-operator
// threads keeps no more threads busy than there are cores (but at least one).
EngineExecutors MakeExecutors(const EngineOptions& options) {
  const size_t networks = options.networks.size();
  EngineExecutors executors;
  executors.device = std::make_unique<ThreadExecutor>(ThreadExecutor::Options{
      1, options.max_queued_requests, 2 * networks + options.max_queued_requests});
  executors.host = std::make_unique<ThreadExecutor>(
      ThreadExecutor::Options{std::max(1, CoreCount() - options.threads),
                              options.max_queued_requests, options.max_queued_requests});
  return executors;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> CreateEngine(EngineOptions options) {
  DV_ASSIGN_OR_RETURN(options.device, ResolveDevice(options.device));
  if (options.threads < 0) return absl::InvalidArgumentError("threads must not be negative");
  if (options.threads == 0) options.threads = CoreCount();
  at::set_num_threads(options.threads);
  DV_ASSIGN_OR_RETURN(DatasetRegistry datasets, DatasetRegistry::Open(options.datasets));
  EngineExecutors executors = MakeExecutors(options);
  return std::make_unique<EngineImpl>(std::move(options), std::move(datasets),
                                      std::move(executors));
}

}  // namespace deepvision
