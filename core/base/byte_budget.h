// Bytes that requests may hold at one time: reserved before memory is taken, given
// back when it goes.
//
//   ByteBudget budget(uint64_t{1} << 30);
//   DV_ASSIGN_OR_RETURN(ByteBudget::Reservation bytes, budget.Reserve(needed));
//   …
//   bytes.Shrink(done);   // `done` bytes are free again
//
// Threading: ByteBudget is thread-safe; a Reservation belongs to one thread at a
// time.
// Ownership: reservations share the budget's account, and may outlive the budget.
#ifndef DEEPVISION_CORE_BASE_BYTE_BUDGET_H_
#define DEEPVISION_CORE_BASE_BYTE_BUDGET_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"

namespace deepvision {

class ByteBudget {
 public:
  class Reservation {
   public:
    Reservation() = default;
    Reservation(Reservation&& other) noexcept { *this = std::move(other); }
    Reservation& operator=(Reservation&& other) noexcept {
      std::swap(account_, other.account_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Reservation() { Shrink(bytes_); }

    uint64_t bytes() const { return bytes_; }
    // Gives back `bytes`, at most all of them.
    void Shrink(uint64_t bytes);

   private:
    friend class ByteBudget;
    using Account = std::shared_ptr<std::atomic<uint64_t>>;
    Reservation(Account account, uint64_t bytes) : account_(std::move(account)), bytes_(bytes) {}
    Account account_;
    uint64_t bytes_ = 0;
  };

  explicit ByteBudget(uint64_t limit)
      : limit_(limit), in_use_(std::make_shared<std::atomic<uint64_t>>(0)) {}

  // kResourceExhausted, reason OUT_OF_BUDGET with a retry hint, when others hold
  // too much; reason REQUEST_TOO_LARGE without one when `bytes` alone are over the
  // limit.
  absl::StatusOr<Reservation> Reserve(uint64_t bytes);

  uint64_t in_use() const { return in_use_->load(std::memory_order_relaxed); }
  uint64_t limit() const { return limit_; }

 private:
  const uint64_t limit_;
  const Reservation::Account in_use_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_BASE_BYTE_BUDGET_H_
