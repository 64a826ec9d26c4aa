#include "core/base/abandonable.h"

#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "tests/support/catch.h"

namespace deepvision {
namespace {

// A notification that every thread waiting for it keeps alive.
using Shared = std::shared_ptr<absl::Notification>;

TEST_CASE("what returns in time gives its result", "[base][abandonable]") {
  Abandonable<std::unique_ptr<int>> call([] { return std::make_unique<int>(7); });
  const auto result = call.WaitFor(absl::Minutes(1));
  REQUIRE(result);
  CHECK(**result == 7);
  CHECK_FALSE(call.IsRunning());
}

TEST_CASE("what does not return is given up, and counted as running", "[base][abandonable]") {
  const auto go_on = std::make_shared<absl::Notification>();
  const auto ended = std::make_shared<absl::Notification>();
  Abandonable<Shared> call([go_on, ended] {
    go_on->WaitForNotification();
    return ended;
  });
  CHECK_FALSE(call.WaitFor(absl::Milliseconds(5)));
  CHECK(call.IsRunning());
  go_on->Notify();
}

TEST_CASE("a function may return after everyone has forgotten it", "[base][abandonable]") {
  const auto go_on = std::make_shared<absl::Notification>();
  const auto destroyed = std::make_shared<absl::Notification>();
  {
    // The result dies with the last that could ask for it: the thread.
    struct NotifyAtEnd {
      Shared at;
      ~NotifyAtEnd() { at->Notify(); }
    };
    Abandonable<std::unique_ptr<NotifyAtEnd>> call([go_on, destroyed] {
      go_on->WaitForNotification();
      return std::unique_ptr<NotifyAtEnd>(new NotifyAtEnd{destroyed});
    });
    CHECK_FALSE(call.WaitFor(absl::ZeroDuration()));
  }
  go_on->Notify();
  CHECK(destroyed->WaitForNotificationWithTimeout(absl::Minutes(1)));
}

}  // namespace
}  // namespace deepvision
