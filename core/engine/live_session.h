// The queue of a live session: which configuration and which frame come next,
// what is dropped, when the next frame may begin, and how the session ends. What
// a configuration and a frame mean is the worker's matter.
//
//   std::shared_ptr<LiveSession> session = MakeLiveSession(std::move(worker), sink, cancelled);
//
// Threading: the session is thread-safe; it calls its worker and its sink one
// call at a time, without locks held.
// Ownership: the session owns its worker. Whoever works for it (a callback of the
// worker, `taken` of the sink) keeps it alive.
#ifndef DEEPVISION_CORE_ENGINE_LIVE_SESSION_H_
#define DEEPVISION_CORE_ENGINE_LIVE_SESSION_H_

#include <memory>

#include "absl/time/time.h"
#include "core/api/cancellation.h"
#include "core/api/engine.h"
#include "core/api/live.h"

namespace deepvision {

// Puts configurations into force and computes frames. One call is in work at a
// time; each ends with its callback, on any thread, perhaps before the call
// returns.
class LiveWorker {
 public:
  virtual ~LiveWorker() = default;

  // An error ends the session.
  virtual void Configure(const LiveConfig& config, Callback<LiveHeader> done) = 0;

  // Hands layers and prediction to `sink`; gives the time on the device. An error
  // is the frame's, unless it says that nothing more can be done: kCancelled,
  // kUnavailable, kInternal.
  virtual void Run(Input input, std::shared_ptr<LiveSink> sink, Callback<absl::Duration> done) = 0;
};

std::shared_ptr<LiveSession> MakeLiveSession(std::unique_ptr<LiveWorker> worker,
                                             std::shared_ptr<LiveSink> sink,
                                             CancellationToken cancelled);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_LIVE_SESSION_H_
