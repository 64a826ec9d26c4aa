// The cores of the machine, shared out among threads that compute, so that no more
// threads are busy than there are cores. A forward pass whose threads wait for
// each other at every operator loses far more than its share when one of them has
// to wait for a core: five times the latency on two cores.
//
//   CoreBudget cores(8);
//   CoreBudget::Hold hold = cores.Acquire(4);   // blocks until four are free
//
// First come, first served: who asks for many is not passed by who asks for few.
//
// Threading: thread-safe. A thread that holds cores must not ask for more.
// Ownership: the budget outlives its holds.
#ifndef DEEPVISION_CORE_BASE_CORE_BUDGET_H_
#define DEEPVISION_CORE_BASE_CORE_BUDGET_H_

#include <cstdint>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace deepvision {

class CoreBudget {
 public:
  // Gives its cores back when it goes.
  class Hold {
   public:
    Hold() = default;
    Hold(Hold&& other) noexcept { *this = std::move(other); }
    Hold& operator=(Hold&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(cores_, other.cores_);
      return *this;
    }
    ~Hold();

   private:
    friend class CoreBudget;
    Hold(CoreBudget* budget, int cores) : budget_(budget), cores_(cores) {}
    CoreBudget* budget_ = nullptr;
    int cores_ = 0;
  };

  // `cores` >= 1.
  explicit CoreBudget(int cores) : cores_(cores), free_(cores) {}
  CoreBudget(const CoreBudget&) = delete;
  CoreBudget& operator=(const CoreBudget&) = delete;

  // Blocks until it is this caller's turn and `cores` are free. More than there
  // are means all.
  Hold Acquire(int cores);

  // Of a thread that holds so many: who waits comes first, and then it has them again.
  void Yield(int cores);

  int busy() const;
  // Callers that wait.
  int waiting() const;
  // The most that were held at one time.
  int most_busy() const;

 private:
  void Take(int cores);
  void Release(int cores);

  const int cores_;
  mutable absl::Mutex mutex_;
  int free_ ABSL_GUARDED_BY(mutex_);
  int least_free_ ABSL_GUARDED_BY(mutex_) = cores_;
  uint64_t next_ticket_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t served_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_BASE_CORE_BUDGET_H_
