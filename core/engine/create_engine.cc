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

// The device worker and the host pool. Both draw from one budget: while the
// device computes with all cores, the pool waits, and the other way round.
EngineExecutors MakeExecutors(const EngineOptions& options) {
  const size_t networks = options.networks.size();
  const size_t queue = options.max_queued_requests;
  EngineExecutors executors;
  executors.cores = std::make_shared<CoreBudget>(std::max(CoreCount(), options.threads));
  executors.host_threads = CoreCount();
  executors.device = std::make_unique<ThreadExecutor>(
      ThreadExecutor::Options{1, queue, 2 * networks + queue, executors.cores, options.threads});
  executors.host = std::make_unique<ThreadExecutor>(
      ThreadExecutor::Options{executors.host_threads, queue, queue, executors.cores, 1});
  // Not of the budget: a file that is never read would keep its core.
  executors.readers =
      std::make_unique<ThreadExecutor>(ThreadExecutor::Options{1, networks, networks});
  return executors;
}

// Null without a folder.
absl::StatusOr<std::shared_ptr<VisualizationStore>> OpenStore(const EngineOptions& options) {
  if (options.state_dir.empty()) return nullptr;
  auto store = VisualizationStore::Open({options.state_dir, options.state_bytes});
  if (store.ok()) return std::shared_ptr<VisualizationStore>(*std::move(store));
  return absl::Status(store.status().code(), absl::StrCat("--state_dir=", options.state_dir, ": ",
                                                          store.status().message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> CreateEngine(EngineOptions options) {
  DV_ASSIGN_OR_RETURN(options.device, ResolveDevice(options.device));
  if (options.threads < 0) return absl::InvalidArgumentError("threads must not be negative");
  if (options.threads == 0) options.threads = CoreCount();
  at::set_num_threads(options.threads);
  DV_ASSIGN_OR_RETURN(DatasetRegistry datasets, DatasetRegistry::Open(options.datasets));
  DV_ASSIGN_OR_RETURN(std::shared_ptr<VisualizationStore> store, OpenStore(options));
  EngineExecutors executors = MakeExecutors(options);
  return std::make_unique<EngineImpl>(std::move(options), std::move(datasets), std::move(executors),
                                      std::move(store));
}

}  // namespace deepvision
