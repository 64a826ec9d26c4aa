// A callback that is called exactly once, whatever becomes of the task that
// holds it: the last owner that goes without having called it calls it with
// kUnavailable.
//
//   auto reply = std::make_shared<Reply<int>>(std::move(done));
//   if (absl::Status posted = executor.Post(…, [reply] { (*reply)(42); }); !posted.ok()) {
//     (*reply)(posted);
//   }
//
// Threading: calls are thread-safe; the first one wins.
#ifndef DEEPVISION_CORE_ENGINE_REPLY_H_
#define DEEPVISION_CORE_ENGINE_REPLY_H_

#include <atomic>
#include <utility>

#include "absl/status/statusor.h"
#include "core/api/engine.h"
#include "core/api/error.h"

namespace deepvision {

template <typename T>
class Reply {
 public:
  explicit Reply(Callback<T> done) : done_(std::move(done)) {}
  ~Reply() {
    (*this)(WithReason(absl::UnavailableError("the server is stopping; retry"), "STOPPING"));
  }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  void operator()(absl::StatusOr<T> result) {
    if (!called_.exchange(true)) std::move(done_)(std::move(result));
  }

 private:
  std::atomic<bool> called_ = false;
  Callback<T> done_;
};

// For calls whose results went elsewhere.
struct Nothing {};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_REPLY_H_
