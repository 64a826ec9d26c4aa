#include "core/base/core_budget.h"

#include <algorithm>

namespace deepvision {

CoreBudget::Hold::~Hold() {
  if (budget_ != nullptr) budget_->Release(cores_);
}

CoreBudget::Hold CoreBudget::Acquire(int cores) {
  cores = std::clamp(cores, 0, cores_);
  Take(cores);
  return Hold(this, cores);
}

void CoreBudget::Yield(int cores) {
  cores = std::clamp(cores, 0, cores_);
  Release(cores);
  Take(cores);
}

void CoreBudget::Take(int cores) {
  absl::MutexLock lock(&mutex_);
  const uint64_t ticket = next_ticket_++;
  const auto is_my_turn = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return served_ == ticket && free_ >= cores;
  };
  mutex_.Await(absl::Condition(&is_my_turn));
  ++served_;
  free_ -= cores;
  least_free_ = std::min(least_free_, free_);
}

void CoreBudget::Release(int cores) {
  absl::MutexLock lock(&mutex_);
  free_ += cores;
}

int CoreBudget::busy() const {
  absl::MutexLock lock(&mutex_);
  return cores_ - free_;
}

int CoreBudget::waiting() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(next_ticket_ - served_);
}

int CoreBudget::most_busy() const {
  absl::MutexLock lock(&mutex_);
  return cores_ - least_free_;
}

}  // namespace deepvision
