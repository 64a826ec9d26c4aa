#include "server/call/call_tracker.h"

#include <set>
#include <vector>

#include "absl/time/clock.h"
#include "core/api/error.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

TEST_CASE("a call is reported once, at its end, with what was said of it", "[server][call]") {
  std::vector<CallSummary> reports;
  CallTracker tracker([&](const CallSummary& summary) { reports.push_back(summary); });
  {
    auto call = tracker.Begin("Service/Method", "ipv4:127.0.0.1:1");
    call->AddBytes(3);
    call->AddBytes(4);
    call->SetStatus(absl::NotFoundError("nothing"));
    CHECK(reports.empty());
    CHECK(tracker.live_calls() == 1);
  }
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].method == "Service/Method");
  CHECK(reports[0].peer == "ipv4:127.0.0.1:1");
  CHECK(reports[0].bytes == 7);
  CHECK(absl::IsNotFound(reports[0].status));
  CHECK(reports[0].duration >= absl::ZeroDuration());
  CHECK(tracker.live_calls() == 0);
}

TEST_CASE("every call has an id of its own", "[server][call]") {
  CallTracker tracker(nullptr);
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.insert(tracker.Begin("m", "p")->id());
  CHECK(ids.size() == 100);
}

TEST_CASE("a draining tracker refuses new calls with a retry hint", "[server][call]") {
  CallTracker tracker(nullptr);
  REQUIRE_OK(tracker.CheckAccepting());
  tracker.StopAccepting();
  CHECK_STATUS(tracker.CheckAccepting(), absl::StatusCode::kUnavailable, "retry");
  CHECK(GetErrorDetails(tracker.CheckAccepting()).retry_after.has_value());
  CHECK(GetErrorDetails(tracker.CheckAccepting()).reason == "STOPPING");
}

TEST_CASE("who listens for the drain hears of it once, at once when it is late", "[server][call]") {
  CallTracker tracker(nullptr);
  const auto alive = std::make_shared<int>();
  auto gone = std::make_shared<int>();
  int heard = 0;
  tracker.WhenStopping(alive, [&] { heard += 1; });
  tracker.WhenStopping(gone, [&] { heard += 100; });
  gone.reset();
  CHECK(heard == 0);
  tracker.StopAccepting();
  tracker.StopAccepting();
  CHECK(heard == 1);
  tracker.WhenStopping(alive, [&] { heard += 10; });
  CHECK(heard == 11);
}

TEST_CASE("waiting for calls ends at the deadline while one is alive", "[server][call]") {
  CallTracker tracker(nullptr);
  CHECK(tracker.WaitUntilIdle(absl::InfinitePast()));
  auto call = tracker.Begin("m", "p");
  CHECK_FALSE(tracker.WaitUntilIdle(absl::InfinitePast()));
  call.reset();
  CHECK(tracker.WaitUntilIdle(absl::InfinitePast()));
}

}  // namespace
}  // namespace deepvision
