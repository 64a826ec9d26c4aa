// Counters and histograms of what the server has done since its start, for
// Prometheus. docs/operations.md describes every metric.
//
//   auto metrics = std::make_shared<Metrics>();
//   metrics->RecordCall(summary);           // from CallTracker::Report
//   metrics->RecordPhase(phase, time);      // from EngineOptions::on_phase
//
// Threading: thread-safe; recording takes short locks and does not block.
#ifndef DEEPVISION_SERVER_METRICS_METRICS_H_
#define DEEPVISION_SERVER_METRICS_METRICS_H_

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <memory>

#include "absl/time/time.h"
#include "core/api/statistics.h"
#include "server/call/call_tracker.h"

namespace deepvision {

class Metrics {
 public:
  Metrics();

  void RecordCall(const CallSummary& call);
  void RecordPhase(Phase phase, absl::Duration time);

  // What Prometheus collects; lives as long as this.
  const std::shared_ptr<prometheus::Registry>& registry() const { return registry_; }

 private:
  using Counters = prometheus::Family<prometheus::Counter>;
  using Histograms = prometheus::Family<prometheus::Histogram>;

  const std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  Counters& calls_;
  Counters& sent_bytes_;
  prometheus::Counter& stalled_streams_;
  Histograms& call_seconds_;
  Histograms& first_payload_seconds_;
  std::array<prometheus::Histogram*, 4> phase_seconds_;  // by Phase
};

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_METRICS_METRICS_H_
