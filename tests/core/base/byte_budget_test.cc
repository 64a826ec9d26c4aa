#include "core/base/byte_budget.h"

#include <thread>
#include <utility>
#include <vector>

#include "core/api/error.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

TEST_CASE("what a reservation holds is free again when it goes", "[base][byte_budget]") {
  ByteBudget budget(100);
  {
    auto first = budget.Reserve(60);
    REQUIRE_OK(first);
    first->Shrink(20);
    CHECK(budget.in_use() == 40);
    const ByteBudget::Reservation moved = *std::move(first);
    CHECK(moved.bytes() == 40);
    CHECK(budget.in_use() == 40);
  }
  CHECK(budget.in_use() == 0);
}

TEST_CASE("a full budget refuses with a retry hint, and counts nothing", "[base][byte_budget]") {
  ByteBudget budget(100);
  const auto held = budget.Reserve(60);
  const auto refused = budget.Reserve(41);
  CHECK_STATUS(refused.status(), absl::StatusCode::kResourceExhausted, "retry later");
  CHECK(GetErrorDetails(refused.status()).retry_after.has_value());
  CHECK(budget.in_use() == 60);
  CHECK(budget.Reserve(40).ok());
}

TEST_CASE("a request over the limit is told that waiting does not help", "[base][byte_budget]") {
  ByteBudget budget(100);
  for (const uint64_t bytes : {uint64_t{101}, UINT64_MAX}) {
    const auto refused = budget.Reserve(bytes);
    CHECK_STATUS(refused.status(), absl::StatusCode::kResourceExhausted, "at most 100");
    CHECK_FALSE(GetErrorDetails(refused.status()).retry_after.has_value());
  }
}

TEST_CASE("shrinking by too much gives back what is held", "[base][byte_budget]") {
  ByteBudget budget(100);
  auto held = budget.Reserve(10);
  REQUIRE_OK(held);
  held->Shrink(1000);
  CHECK(held->bytes() == 0);
  CHECK(budget.in_use() == 0);
}

TEST_CASE("threads never hold more than the limit together", "[base][byte_budget]") {
  ByteBudget budget(10);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&budget] {
      for (int i = 0; i < 2000; ++i) {
        const auto held = budget.Reserve(4);
        if (budget.in_use() > 10) std::abort();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(budget.in_use() == 0);
}

}  // namespace
}  // namespace deepvision
