#include "core/base/core_budget.h"

#include <atomic>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "core/base/executor.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

TEST_CASE("held cores are busy, and free when the hold goes", "[base][core_budget]") {
  CoreBudget cores(4);
  {
    const CoreBudget::Hold three = cores.Acquire(3);
    const CoreBudget::Hold one = cores.Acquire(1);
    CHECK(cores.busy() == 4);
  }
  CHECK(cores.busy() == 0);
  CHECK(cores.most_busy() == 4);
}

TEST_CASE("asking for more cores than there are means all", "[base][core_budget]") {
  CoreBudget cores(2);
  const CoreBudget::Hold all = cores.Acquire(100);
  CHECK(cores.busy() == 2);
}

TEST_CASE("who asks for many cores is not passed by who asks for few", "[base][core_budget]") {
  CoreBudget cores(2);
  auto first = std::make_unique<CoreBudget::Hold>(cores.Acquire(1));
  std::atomic<int> order = 0;
  int many_at = 0;
  int few_at = 0;
  absl::Notification many_asks;
  std::thread many([&] {
    many_asks.Notify();
    const CoreBudget::Hold hold = cores.Acquire(2);
    many_at = ++order;
  });
  many_asks.WaitForNotification();
  while (cores.waiting() < 1) std::this_thread::yield();
  std::thread few([&] {
    const CoreBudget::Hold hold = cores.Acquire(1);
    few_at = ++order;
  });
  while (cores.waiting() < 2) std::this_thread::yield();
  first.reset();
  many.join();
  few.join();
  CHECK(many_at == 1);
  CHECK(few_at == 2);
}

TEST_CASE("who yields lets the others go first and has its cores again", "[base][core_budget]") {
  CoreBudget cores(2);
  const CoreBudget::Hold all = cores.Acquire(2);
  bool had_one = false;
  std::thread other([&] {
    const CoreBudget::Hold one = cores.Acquire(1);
    had_one = true;
  });
  while (cores.waiting() == 0) std::this_thread::yield();
  cores.Yield(2);
  CHECK(had_one);
  CHECK(cores.busy() == 2);
  other.join();
  cores.Yield(2);  // nobody waits
  CHECK(cores.busy() == 2);
}

TEST_CASE("the tasks of two executors never hold more cores than there are",
          "[base][core_budget][executor]") {
  const auto cores = std::make_shared<CoreBudget>(2);
  {
    ThreadExecutor device(
        {.threads = 1, .max_interactive = 500, .cores = cores, .cores_per_task = 2});
    ThreadExecutor host({.threads = 2, .max_interactive = 500, .cores = cores});
    std::atomic<int> busy = 0;
    std::atomic<bool> too_many = false;
    const auto use = [&](int count) {
      if (busy.fetch_add(count) + count > 2) too_many = true;
      busy.fetch_sub(count);
    };
    for (int i = 0; i < 200; ++i) {
      REQUIRE_OK(device.Post(Priority::kInteractive, [&] { use(2); }));
      REQUIRE_OK(host.Post(Priority::kInteractive, [&] { use(1); }));
    }
    device.Drain();
    host.Drain();
    CHECK_FALSE(too_many);
  }
  CHECK(cores->busy() == 0);
  CHECK(cores->most_busy() == 2);
}

}  // namespace
}  // namespace deepvision
