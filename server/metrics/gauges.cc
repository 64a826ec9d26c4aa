#include "server/metrics/gauges.h"

#include <prometheus/metric_family.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

namespace deepvision {
namespace {

using prometheus::MetricType;

// Collects families under construction.
class Page {
 public:
  using Labels = std::vector<prometheus::ClientMetric::Label>;

  // Values that follow belong to this metric.
  void Begin(std::string name, std::string help, MetricType type = MetricType::Gauge) {
    families_.push_back({std::move(name), std::move(help), type, {}});
  }

  void Add(double value, Labels labels = {}) {
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = value;
    metric.counter.value = value;
    families_.back().metric.push_back(std::move(metric));
  }
  void Add(uint64_t value, Labels labels = {}) {
    Add(static_cast<double>(value), std::move(labels));
  }

  std::vector<prometheus::MetricFamily> Take() { return std::move(families_); }

 private:
  std::vector<prometheus::MetricFamily> families_;
};

void AddQueues(const EngineStatistics& now, Page& page) {
  page.Begin("deepvision_queue_depth", "Tasks that wait, by queue");
  page.Add(now.interactive_queue, {{"queue", "interactive"}});
  page.Add(now.background_queue, {{"queue", "background"}});
  page.Add(now.host_queue, {{"queue", "host"}});
  page.Begin("deepvision_busy_cores", "Cores that tasks hold");
  page.Add(now.busy_cores);
  page.Begin("deepvision_forward_passes_total", "Forward passes", MetricType::Counter);
  page.Add(now.forward_passes);
  page.Begin("deepvision_operators_total", "Operators that ran in them", MetricType::Counter);
  page.Add(now.operators);
}

void AddMemory(const EngineStatistics& now, const BufferCounters& sent, Page& page) {
  page.Begin("deepvision_budget_bytes", "Memory that requests have reserved");
  page.Add(now.budget_bytes);
  page.Begin("deepvision_budget_limit_bytes", "Memory that requests may reserve");
  page.Add(now.budget_limit_bytes);
  page.Begin("deepvision_live_buffers", "Encoded buffers, by who holds them");
  page.Add(now.live_buffers, {{"holder", "engine"}});
  page.Add(static_cast<double>(sent.buffers.load()), {{"holder", "transport"}});
  page.Begin("deepvision_live_buffer_bytes", "Bytes of encoded buffers, by who holds them");
  page.Add(now.live_buffer_bytes, {{"holder", "engine"}});
  page.Add(static_cast<double>(sent.bytes.load()), {{"holder", "transport"}});
  page.Begin("deepvision_device_memory_bytes",
             "Memory of the device in use; of a CPU, by the process");
  page.Add(now.device_memory_bytes);
}

void AddCaches(const EngineStatistics& now, Page& page) {
  const auto add = [&](const char* name, const char* help, MetricType type,
                       uint64_t CacheStatistics::*value) {
    page.Begin(name, help, type);
    page.Add(now.activations.*value, {{"cache", "activations"}});
    page.Add(now.inputs.*value, {{"cache", "inputs"}});
    page.Add(now.visualizations.store.*value, {{"cache", "visualizations"}});
  };
  add("deepvision_cache_hits_total", "Requests that a cache could serve", MetricType::Counter,
      &CacheStatistics::hits);
  add("deepvision_cache_misses_total", "Requests that a cache could not serve", MetricType::Counter,
      &CacheStatistics::misses);
  add("deepvision_cache_entries", "Things in a cache", MetricType::Gauge,
      &CacheStatistics::entries);
  add("deepvision_cache_bytes", "Bytes in a cache", MetricType::Gauge, &CacheStatistics::bytes);
  add("deepvision_cache_capacity_bytes", "Most bytes that a cache holds", MetricType::Gauge,
      &CacheStatistics::capacity_bytes);
}

void AddJobs(const VisualizationStatistics& now, Page& page) {
  page.Begin("deepvision_visualization_jobs", "Visualization jobs, by state");
  page.Add(now.queued_jobs, {{"state", "queued"}});
  page.Add(now.running_jobs, {{"state", "running"}});
  page.Begin("deepvision_visualization_watchers", "Who watches visualization jobs");
  page.Add(now.watchers);
  page.Begin("deepvision_visualization_unsaved_units_total", "Finished units that the disk refused",
             MetricType::Counter);
  page.Add(now.unsaved_units);
}

void AddNetworks(const std::vector<NetworkInfo>& networks, Page& page) {
  uint64_t loading = 0, ready = 0, failed = 0;
  for (const NetworkInfo& network : networks) {
    loading += network.state == NetworkState::kLoading;
    ready += network.state == NetworkState::kReady;
    failed += network.state == NetworkState::kFailed;
  }
  page.Begin("deepvision_networks", "Networks, by state");
  page.Add(loading, {{"state", "loading"}});
  page.Add(ready, {{"state", "ready"}});
  page.Add(failed, {{"state", "failed"}});
}

void AddTls(const TlsCredentials& tls, Page& page) {
  page.Begin("deepvision_tls_not_after_seconds", "Unix time at which the certificate ends");
  page.Add(absl::ToDoubleSeconds(tls.not_after() - absl::UnixEpoch()));
  page.Begin("deepvision_tls_reload_failures_total", "Replaced TLS files that were not in order",
             MetricType::Counter);
  page.Add(static_cast<double>(tls.reload_failures()));
}

// The names that every Prometheus client uses.
void AddProcess(Page& page) {
  uint64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  page.Begin("process_resident_memory_bytes", "Resident memory of the process");
  page.Add(resident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)));
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  page.Begin("process_open_fds", "Files and sockets that are open");
  page.Add(static_cast<double>(std::distance(begin(files), end(files))));
}

class Gauges final : public prometheus::Collectable {
 public:
  explicit Gauges(GaugeSources sources) : sources_(std::move(sources)) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    const EngineStatistics now = sources_.engine->Statistics();
    Page page;
    page.Begin("deepvision_build_info", "1, with the version of the server");
    page.Add(1.0, {{"version", sources_.version}});
    page.Begin("deepvision_live_calls", "Calls that run");
    page.Add(static_cast<double>(sources_.calls->live_calls()));
    AddQueues(now, page);
    AddMemory(now, *sources_.buffers, page);
    AddCaches(now, page);
    AddJobs(now.visualizations, page);
    AddNetworks(sources_.engine->ListNetworks(), page);
    if (sources_.tls != nullptr) AddTls(*sources_.tls, page);
    AddProcess(page);
    return page.Take();
  }

 private:
  const GaugeSources sources_;
};

}  // namespace

std::shared_ptr<prometheus::Collectable> MakeGauges(GaugeSources sources) {
  return std::make_shared<Gauges>(std::move(sources));
}

}  // namespace deepvision
