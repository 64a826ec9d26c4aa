#include "server/metrics/metrics.h"

#include <string>

#include "core/api/error.h"

namespace deepvision {
namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;

// Seconds, from a topology to a sweep over a large network.
Buckets CallBuckets() {
  return {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300};
}

// Also of one operator and of one layer's encoding.
Buckets PhaseBuckets() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
          0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
}

prometheus::Family<prometheus::Counter>& MakeCounters(prometheus::Registry& registry,
                                                      const std::string& name,
                                                      const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Family<prometheus::Histogram>& MakeHistograms(prometheus::Registry& registry,
                                                          const std::string& name,
                                                          const std::string& help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

std::array<prometheus::Histogram*, 4> MakePhases(prometheus::Registry& registry) {
  auto& family = MakeHistograms(registry, "deepvision_phase_seconds",
                                "What requests spent their time on, by phase");
  const auto add = [&family](const char* phase) {
    return &family.Add({{"phase", phase}}, PhaseBuckets());
  };
  static_assert(static_cast<int>(Phase::kEncode) == 3);
  return {add("queue"), add("prepare"), add("compute"), add("encode")};
}

}  // namespace

Metrics::Metrics()
    : calls_(MakeCounters(*registry_, "deepvision_calls_total", "Calls that ended, by code")),
      sent_bytes_(MakeCounters(*registry_, "deepvision_sent_bytes_total",
                               "Bytes of messages that were handed to the transport")),
      stalled_streams_(MakeCounters(*registry_, "deepvision_stalled_streams_total",
                                    "Streams that were cut off because nobody read them")
                           .Add({})),
      call_seconds_(MakeHistograms(*registry_, "deepvision_call_seconds",
                                   "Time from the begin to the end of a call")),
      first_payload_seconds_(
          MakeHistograms(*registry_, "deepvision_first_payload_seconds",
                         "Time from the begin of a stream to its first payload")),
      phase_seconds_(MakePhases(*registry_)) {}

void Metrics::RecordCall(const CallSummary& call) {
  const std::string code = absl::StatusCodeToString(call.status.code());
  calls_.Add({{"method", call.method}, {"code", code}}).Increment();
  call_seconds_.Add({{"method", call.method}}, CallBuckets())
      .Observe(absl::ToDoubleSeconds(call.duration));
  sent_bytes_.Add({{"method", call.method}}).Increment(static_cast<double>(call.bytes));
  if (call.first_payload) {
    first_payload_seconds_.Add({{"method", call.method}}, CallBuckets())
        .Observe(absl::ToDoubleSeconds(*call.first_payload));
  }
  if (GetErrorDetails(call.status).reason == "READER_STALLED") stalled_streams_.Increment();
}

void Metrics::RecordPhase(Phase phase, absl::Duration time) {
  phase_seconds_[static_cast<size_t>(phase)]->Observe(absl::ToDoubleSeconds(time));
}

}  // namespace deepvision
