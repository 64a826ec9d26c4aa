#include "core/base/executor.h"

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "core/api/error.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

// An executor of one thread that is busy until `Release`, so that a test decides
// what waits.
class BusyWorker {
 public:
  explicit BusyWorker(ThreadExecutor::Options options = {})
      : executor_(std::make_unique<ThreadExecutor>(options)) {
    absl::Notification started;
    REQUIRE_OK(executor_->Post(Priority::kInteractive, [this, &started] {
      started.Notify();
      release_.WaitForNotification();
    }));
    started.WaitForNotification();
  }

  ThreadExecutor& executor() { return *executor_; }
  void Release() { release_.Notify(); }
  void Destroy() { executor_.reset(); }

 private:
  absl::Notification release_;
  std::unique_ptr<ThreadExecutor> executor_;
};

TEST_CASE("interactive tasks run before background tasks that came earlier", "[base][executor]") {
  BusyWorker worker;
  std::string order;
  REQUIRE_OK(worker.executor().Post(Priority::kBackground, [&] { order += "b"; }));
  REQUIRE_OK(worker.executor().Post(Priority::kInteractive, [&] { order += "1"; }));
  REQUIRE_OK(worker.executor().Post(Priority::kInteractive, [&] { order += "2"; }));
  worker.Release();
  worker.executor().Drain();
  CHECK(order == "12b");
}

TEST_CASE("a task may let the interactive ones that wait go before its rest", "[base][executor]") {
  ThreadExecutor executor({});
  std::string order;
  absl::Notification started, posted, left;
  const auto post = [&](Priority priority, std::string name) {
    REQUIRE_OK(executor.Post(priority, [&order, name] { order += name; }));
  };
  REQUIRE_OK(executor.Post(Priority::kBackground, [&] {
    started.Notify();
    posted.WaitForNotification();
    order += "[";
    executor.RunInteractive();
    order += "]";
    left.Notify();
  }));
  started.WaitForNotification();
  post(Priority::kBackground, "b");
  REQUIRE_OK(executor.Post(Priority::kInteractive, [&] {
    order += "1";
    post(Priority::kInteractive, "3");  // comes too late for this intermission
  }));
  post(Priority::kContinuation, "2");
  posted.Notify();
  left.WaitForNotification();
  executor.Drain();
  CHECK(order == "[12]3b");
}

TEST_CASE("a full queue refuses at once, with a retry hint", "[base][executor]") {
  BusyWorker worker({.max_interactive = 1});
  REQUIRE_OK(worker.executor().Post(Priority::kInteractive, [] {}));
  const absl::Status refused = worker.executor().Post(Priority::kInteractive, [] {});
  CHECK_STATUS(refused, absl::StatusCode::kResourceExhausted, "retry");
  CHECK(GetErrorDetails(refused).retry_after.has_value());
  worker.Release();
}

TEST_CASE("a full queue takes the continuation of a request it admitted", "[base][executor]") {
  BusyWorker worker({.max_interactive = 1});
  std::string order;
  REQUIRE_OK(worker.executor().Post(Priority::kInteractive, [&] { order += "1"; }));
  REQUIRE_OK(worker.executor().Post(Priority::kContinuation, [&] { order += "c"; }));
  CHECK(worker.executor().Depths().interactive == 2);
  worker.Release();
  worker.executor().Drain();
  CHECK(order == "1c");
  CHECK(worker.executor().Depths().interactive == 0);
}

TEST_CASE("a full interactive queue leaves the background queue open", "[base][executor]") {
  BusyWorker worker({.max_interactive = 1, .max_background = 1});
  REQUIRE_OK(worker.executor().Post(Priority::kInteractive, [] {}));
  CHECK(worker.executor().Post(Priority::kBackground, [] {}).ok());
  worker.Release();
}

TEST_CASE("a refused task is destroyed without running", "[base][executor]") {
  BusyWorker worker({.max_background = 0});
  bool ran = false;
  auto token = std::make_shared<int>();
  const std::weak_ptr<int> alive = token;
  CHECK_FALSE(worker.executor()
                  .Post(Priority::kBackground, [&ran, token = std::move(token)] { ran = true; })
                  .ok());
  CHECK(alive.expired());
  CHECK_FALSE(ran);
  worker.Release();
}

TEST_CASE("draining runs the tasks that wait and refuses new ones", "[base][executor]") {
  BusyWorker worker;
  bool ran = false;
  REQUIRE_OK(worker.executor().Post(Priority::kBackground, [&] { ran = true; }));
  worker.Release();
  worker.executor().Drain();
  CHECK(ran);
  CHECK_STATUS(worker.executor().Post(Priority::kInteractive, [] {}),
               absl::StatusCode::kUnavailable, "stopping");
}

TEST_CASE("destruction drops the tasks that wait without running them", "[base][executor]") {
  BusyWorker worker({.max_interactive = 1});
  ThreadExecutor& executor = worker.executor();
  bool ran = false;
  auto token = std::make_shared<int>();
  const std::weak_ptr<int> alive = token;
  REQUIRE_OK(
      executor.Post(Priority::kInteractive, [&ran, token = std::move(token)] { ran = true; }));

  std::thread destroyer([&] { worker.Destroy(); });
  // It refuses because of its end, no longer because it is full: it has begun.
  while (!absl::IsUnavailable(executor.Post(Priority::kInteractive, [] {}))) {
    std::this_thread::yield();
  }
  worker.Release();
  destroyer.join();
  CHECK_FALSE(ran);
  CHECK(alive.expired());
}

TEST_CASE("tasks of one thread never overlap", "[base][executor]") {
  constexpr int kPosters = 4, kTasks = 200;
  ThreadExecutor executor({.max_interactive = kPosters * kTasks});
  int count = 0;  // unguarded on purpose: the thread sanitizer sees an overlap
  std::vector<std::thread> posters;
  for (int i = 0; i < kPosters; ++i) {
    posters.emplace_back([&] {
      for (int j = 0; j < kTasks; ++j) {
        (void)executor.Post(Priority::kInteractive, [&count] { ++count; });
      }
    });
  }
  for (std::thread& poster : posters) poster.join();
  executor.Drain();
  CHECK(count == kPosters * kTasks);
}

TEST_CASE("several threads run tasks at the same time", "[base][executor]") {
  ThreadExecutor executor({.threads = 2});
  absl::Notification first, second;
  REQUIRE_OK(executor.Post(Priority::kInteractive, [&] {
    first.Notify();
    second.WaitForNotification();
  }));
  REQUIRE_OK(executor.Post(Priority::kInteractive, [&] {
    second.Notify();
    first.WaitForNotification();
  }));
  executor.Drain();
}

TEST_CASE("the inline executor has run the task when Post returns", "[base][executor]") {
  bool ran = false;
  REQUIRE_OK(InlineExecutor().Post(Priority::kBackground, [&] { ran = true; }));
  CHECK(ran);
}

}  // namespace
}  // namespace deepvision
