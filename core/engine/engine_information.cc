// What an engine tells of itself.
#include <torch/headeronly/version.h>

#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "core/dataset/noise.h"
#include "core/device/device_memory.h"
#include "core/engine/engine_impl.h"

namespace deepvision {

EngineInfo EngineImpl::Info() const {
  EngineInfo info;
  info.libtorch_version = TORCH_VERSION;
  info.devices.push_back({options_.device, options_.threads, 0});
  info.numerics = {Numerics::kExact, Numerics::kFast};
  info.max_image_pixels = options_.max_image_pixels;
  info.max_queued_requests = options_.max_queued_requests;
  info.cache_bytes = options_.cache_bytes;
  info.request_memory_bytes = options_.request_memory_bytes;
  info.input_cache_bytes = options_.input_cache_bytes;
  info.state_bytes = store_ == nullptr ? 0 : options_.state_bytes;
  info.max_upload_bytes = std::min(options_.max_upload_bytes, options_.input_cache_bytes);
  return info;
}

EngineStatistics EngineImpl::Statistics() const {
  const QueueDepths device = device_->Depths();
  const QueueDepths host = host_->Depths();
  EngineStatistics statistics;
  statistics.interactive_queue = device.interactive + passes_.joined();
  statistics.background_queue = device.background;
  statistics.reading_files = reader_.reading();
  statistics.host_queue = host.interactive + host.background;
  statistics.budget_bytes = budget_.in_use();
  statistics.budget_limit_bytes = budget_.limit();
  statistics.live_buffers = tools_.buffers->count();
  statistics.live_buffer_bytes = tools_.buffers->bytes();
  const PassEnvironment& passes = passes_.environment();
  statistics.forward_passes = passes.passes;
  statistics.operators = passes.operators;
  statistics.device_memory_bytes = CpuMemoryInUse();
  statistics.activations = passes.cache.Statistics();
  statistics.inputs = inputs_.Statistics();
  const VisualizationJobCounts jobs = jobs_->Counts();
  statistics.visualizations.queued_jobs = jobs.queued;
  statistics.visualizations.running_jobs = jobs.running;
  statistics.visualizations.watchers = jobs.watchers;
  statistics.visualizations.unsaved_units = jobs.unsaved;
  if (store_ != nullptr) statistics.visualizations.store = store_->Statistics();
  if (cores_ != nullptr) {
    statistics.busy_cores = static_cast<uint64_t>(cores_->busy());
    statistics.most_busy_cores = static_cast<uint64_t>(cores_->most_busy());
  }
  return statistics;
}

void EngineImpl::ClearCache(CacheScope scope) {
  if (scope != CacheScope::kInputs) passes_.Clear();
  if (scope != CacheScope::kActivations) inputs_.Clear();
  ReturnFreeCpuMemory();
}

std::vector<NetworkInfo> EngineImpl::ListNetworks() const {
  std::vector<NetworkInfo> infos;
  for (const auto& network : *networks_.All()) infos.push_back(network->Info());
  return infos;
}

absl::StatusOr<NetworkInfo> EngineImpl::GetNetwork(absl::string_view id) const {
  DV_ASSIGN_OR_RETURN(const std::shared_ptr<Network> network, networks_.Find(id));
  return network->Info();
}

std::vector<DatasetInfo> EngineImpl::ListDatasets() const { return datasets_.List(); }

std::vector<NoiseGeneratorInfo> EngineImpl::ListNoiseGenerators() const {
  std::vector<NoiseGeneratorInfo> infos;
  for (const NoiseGenerator& generator : NoiseGenerators()) infos.push_back(generator.info);
  return infos;
}

}  // namespace deepvision
