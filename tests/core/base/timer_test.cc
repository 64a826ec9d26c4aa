#include "core/base/timer.h"

#include <memory>
#include <vector>

#include "absl/synchronization/notification.h"
#include "tests/support/catch.h"

namespace deepvision {
namespace {

TEST_CASE("tasks run in the order of their times, not before", "[base][timer]") {
  ThreadTimer timer;
  std::vector<int> order;
  bool early = false;
  absl::Notification done;
  const absl::Time start = timer.Now();
  timer.At(start + absl::Milliseconds(30), [&] {
    order.push_back(3);
    early = timer.Now() < start + absl::Milliseconds(30);
    done.Notify();
  });
  timer.At(start + absl::Milliseconds(10), [&] { order.push_back(2); });
  timer.At(start - absl::Seconds(1), [&] { order.push_back(1); });
  done.WaitForNotification();
  CHECK(order == std::vector<int>{1, 2, 3});
  CHECK_FALSE(early);
}

TEST_CASE("a task may ask for another one", "[base][timer]") {
  ThreadTimer timer;
  absl::Notification done;
  timer.At(timer.Now(), [&] { timer.At(timer.Now(), [&] { done.Notify(); }); });
  done.WaitForNotification();
}

TEST_CASE("a timer that goes destroys what waits without running it", "[base][timer]") {
  auto held = std::make_shared<int>(0);
  {
    ThreadTimer timer;
    timer.At(absl::InfiniteFuture(), [held] { ++*held; });
    timer.At(timer.Now() + absl::Hours(1), [held] { ++*held; });
  }
  CHECK(held.use_count() == 1);
  CHECK(*held == 0);
}

}  // namespace
}  // namespace deepvision
