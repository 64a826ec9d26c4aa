#include "server/metrics/metrics.h"

#include <prometheus/text_serializer.h>

#include "absl/strings/match.h"
#include "core/api/error.h"
#include "server/metrics/endpoint.h"
#include "server/metrics/gauges.h"
#include "tests/support/catch.h"
#include "tests/support/fake_engine.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

std::string TextOf(const prometheus::Collectable& metrics) {
  return prometheus::TextSerializer().Serialize(metrics.Collect());
}

CallSummary MakeCall(absl::Status status) {
  CallSummary call;
  call.method = "ActivationService/Classify";
  call.status = std::move(status);
  call.duration = absl::Milliseconds(20);
  call.bytes = 1000;
  return call;
}

#define CHECK_HAS(text, line)                 \
  do {                                        \
    INFO(text);                               \
    CHECK(absl::StrContains((text), (line))); \
  } while (false)

TEST_CASE("calls are counted by method and code, with their bytes and time", "[server][metrics]") {
  Metrics metrics;
  metrics.RecordCall(MakeCall(absl::OkStatus()));
  metrics.RecordCall(MakeCall(absl::OkStatus()));
  metrics.RecordCall(MakeCall(absl::NotFoundError("x")));
  const std::string text = TextOf(*metrics.registry());
  CHECK_HAS(text, "calls_total{code=\"OK\",method=\"ActivationService/Classify\"} 2\n");
  CHECK_HAS(text, "calls_total{code=\"NOT_FOUND\",method=\"ActivationService/Classify\"} 1\n");
  CHECK_HAS(text, "sent_bytes_total{method=\"ActivationService/Classify\"} 3000\n");
  CHECK_HAS(text, "call_seconds_bucket{method=\"ActivationService/Classify\",le=\"0.01\"} 0\n");
  CHECK_HAS(text, "call_seconds_bucket{method=\"ActivationService/Classify\",le=\"0.025\"} 3\n");
}

TEST_CASE("a stalled stream and the first payload are counted where they happened",
          "[server][metrics]") {
  Metrics metrics;
  CHECK_HAS(TextOf(*metrics.registry()), "deepvision_stalled_streams_total 0\n");
  CHECK_FALSE(absl::StrContains(TextOf(*metrics.registry()), "first_payload_seconds_count"));
  CallSummary stalled =
      MakeCall(WithReason(absl::DeadlineExceededError("too slow"), "READER_STALLED"));
  stalled.first_payload = absl::Milliseconds(3);
  metrics.RecordCall(stalled);
  metrics.RecordCall(MakeCall(absl::DeadlineExceededError("late")));
  const std::string text = TextOf(*metrics.registry());
  CHECK_HAS(text, "deepvision_stalled_streams_total 1\n");
  CHECK_HAS(text, "first_payload_seconds_count{method=\"ActivationService/Classify\"} 1\n");
}

TEST_CASE("every phase has its own histogram", "[server][metrics]") {
  Metrics metrics;
  metrics.RecordPhase(Phase::kCompute, absl::Milliseconds(7));
  metrics.RecordPhase(Phase::kEncode, absl::Microseconds(50));
  const std::string text = TextOf(*metrics.registry());
  CHECK_HAS(text, "phase_seconds_bucket{phase=\"compute\",le=\"0.005\"} 0\n");
  CHECK_HAS(text, "phase_seconds_bucket{phase=\"compute\",le=\"0.01\"} 1\n");
  CHECK_HAS(text, "phase_seconds_bucket{phase=\"encode\",le=\"0.0001\"} 1\n");
  CHECK_HAS(text, "phase_seconds_count{phase=\"queue\"} 0\n");
  CHECK_HAS(text, "phase_seconds_count{phase=\"prepare\"} 0\n");
}

TEST_CASE("gauges show what is held at this moment", "[server][metrics]") {
  FakeEngine engine;
  CallTracker calls(nullptr);
  BufferCounters buffers;
  buffers.bytes = 4096;
  const auto call = calls.Begin("X/Y", "peer");
  const auto gauges = MakeGauges({&engine, &calls, &buffers, nullptr, "1.2.3"});
  const std::string text = TextOf(*gauges);
  CHECK_HAS(text, "deepvision_build_info{version=\"1.2.3\"} 1\n");
  CHECK_HAS(text, "deepvision_live_calls 1\n");
  CHECK_HAS(text, "deepvision_live_buffer_bytes{holder=\"transport\"} 4096\n");
  CHECK_HAS(text, "deepvision_networks{state=\"ready\"} 2\n");
  CHECK_HAS(text, "deepvision_networks{state=\"failed\"} 1\n");
  CHECK_HAS(text, "# TYPE deepvision_cache_hits_total counter\n");
  CHECK_HAS(text, "deepvision_cache_hits_total{cache=\"activations\"} 0\n");
  CHECK_FALSE(absl::StrContains(text, "tls_not_after"));
}

TEST_CASE("an address in use is an error that says what to do", "[server][metrics]") {
  auto first = MetricsEndpoint::Start("127.0.0.1:0", {});
  REQUIRE_OK(first);
  CHECK_STATUS(MetricsEndpoint::Start("127.0.0.1:" + std::to_string((*first)->port()), {}),
               absl::StatusCode::kUnavailable, "choose another --metrics_listen");
}

}  // namespace
}  // namespace deepvision
