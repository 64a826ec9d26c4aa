// A flag that a caller raises to say "nobody wants this any more".
//
//   CancellationToken token;                 // one per request
//   engine->StreamActivations(query, sink, token);
//   token.Cancel();                          // from any thread
//
// Copies share the flag. The executor reads it between two operators, so the
// work stops within one operator; a cancelled call still reports its end, with
// code kCancelled.
//
// Threading: every method is thread-safe and does not block.
#ifndef DEEPVISION_CORE_API_CANCELLATION_H_
#define DEEPVISION_CORE_API_CANCELLATION_H_

#include <atomic>
#include <memory>

namespace deepvision {

class CancellationToken {
 public:
  CancellationToken() : cancelled_(std::make_shared<std::atomic<bool>>(false)) {}

  void Cancel() const { cancelled_->store(true, std::memory_order_relaxed); }
  bool IsCancelled() const { return cancelled_->load(std::memory_order_relaxed); }

 private:
  std::shared_ptr<std::atomic<bool>> cancelled_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_CANCELLATION_H_
