#include "core/base/byte_budget.h"

#include <algorithm>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/api/error.h"

namespace deepvision {
namespace {

absl::Status TooLarge(uint64_t bytes, uint64_t limit) {
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat(
          "the request needs ", bytes, " bytes of memory and the server gives at most ", limit,
          "; ask for fewer layers or for a smaller input")),
      "REQUEST_TOO_LARGE", {{"bytes", absl::StrCat(bytes)}, {"limit", absl::StrCat(limit)}});
}

absl::Status OutOfBudget(uint64_t bytes) {
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat("other requests hold the memory (", bytes,
                                                " bytes) that this one needs; retry later")),
      "OUT_OF_BUDGET", {{"bytes", absl::StrCat(bytes)}}, absl::Milliseconds(500));
}

}  // namespace

void ByteBudget::Reservation::Shrink(uint64_t bytes) {
  bytes = std::min(bytes, bytes_);
  if (bytes == 0) return;
  bytes_ -= bytes;
  account_->fetch_sub(bytes, std::memory_order_relaxed);
}

absl::StatusOr<ByteBudget::Reservation> ByteBudget::Reserve(uint64_t bytes) {
  if (bytes > limit_) return TooLarge(bytes, limit_);
  uint64_t in_use = in_use_->load(std::memory_order_relaxed);
  do {
    if (in_use > limit_ - bytes) return OutOfBudget(bytes);
  } while (!in_use_->compare_exchange_weak(in_use, in_use + bytes, std::memory_order_relaxed));
  return Reservation(in_use_, bytes);
}

}  // namespace deepvision
