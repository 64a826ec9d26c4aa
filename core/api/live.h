// Live activations: frames come in as long as the client likes, each answer is
// that of the newest one. The field comments of LiveActivations in
// deepvision/v1/activation.proto are the specification.
//
//   std::shared_ptr<LiveSession> session = engine->OpenLive(sink, cancelled);
//   session->Configure(config);          // first, and again at any time
//   session->Push(frame);                // any number
//   session->Close(absl::OkStatus());    // the newest frame is still answered
//
// A session holds at most one frame in work and one that waits, whatever the
// pace of either side: Push replaces the frame that waits, and the next one is
// begun only when the sink's reader lags no more than one frame behind.
#ifndef DEEPVISION_CORE_API_LIVE_H_
#define DEEPVISION_CORE_API_LIVE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/api/activation.h"
#include "core/api/input.h"
#include "core/api/types.h"

namespace deepvision {

// As ActivationQuery, without an input.
struct LiveConfig {
  std::string network;
  std::vector<LayerSelection> layers;  // empty: all shown layers, `defaults`
  EncodingOptions defaults;
  bool prediction = false;
  Numerics numerics = Numerics::kDefault;
  std::string expected_digest;
  bool wait_until_ready = false;
};

struct LiveFrame {
  uint64_t id = 0;
  int64_t client_timestamp = 0;
  absl::StatusOr<Input> input;  // an error is answered in the frame's turn
};

struct LiveHeader {
  uint32_t configuration = 0;  // 1 for the session's first
  std::string network;
  std::string network_digest;
  ProducedBy produced_by;
  std::vector<ResolvedLayer> layers;
};

struct LiveFrameBegin {
  uint64_t id = 0;
  int64_t client_timestamp = 0;
  uint32_t configuration = 0;
};

struct LiveFrameEnd {
  uint64_t id = 0;
  int64_t client_timestamp = 0;
  absl::Status status;
  uint64_t dropped_frames = 0;  // of the session, so far
  absl::Duration waiting_time;
  absl::Duration compute_time;
  absl::Duration total_time;
};

struct LiveCounts {
  uint64_t answered_frames = 0;  // with those that failed
  uint64_t failed_frames = 0;
  uint64_t dropped_frames = 0;
};

// Receives what a session makes. Calls come one at a time, from threads of the
// engine or from the thread that calls the session, and must not block.
class LiveSink {
 public:
  virtual ~LiveSink() = default;

  // A configuration is in force from here on.
  virtual void OnConfigured(const LiveHeader& header) = 0;
  // Between these two: the frame's layers, each as soon as it exists.
  virtual void OnFrameBegin(const LiveFrameBegin& frame) = 0;
  virtual void OnLayer(LayerActivation layer) = 0;
  virtual void OnPrediction(Prediction prediction) = 0;
  // `taken` is to be called, from any thread but without locks held, once the
  // reader has room for all that was handed over until now; it may be destroyed
  // uncalled when the reader has gone.
  virtual void OnFrameEnd(const LiveFrameEnd& frame, absl::AnyInvocable<void() &&> taken) = 0;
  // Last, exactly once.
  virtual void OnDone(absl::Status status, const LiveCounts& counts) = 0;

  // As in ActivationSink: what a frame has made and the reader has not taken.
  virtual uint64_t BytesAhead() const = 0;
  virtual void WhenTaken(uint64_t bytes, absl::AnyInvocable<void() &&> resume) = 0;
};

// Threading: thread-safe; no method waits for a device.
class LiveSession {
 public:
  virtual ~LiveSession() = default;

  // Holds for the frames that are pushed afterwards. One that cannot be put into
  // force ends the session with the codes of Engine::StreamActivations. Of
  // several that come during one frame only the last counts.
  virtual void Configure(LiveConfig config) = 0;

  // kInvalidArgument ends the session when there is no configuration yet.
  virtual void Push(LiveFrame frame) = 0;

  // No more calls follow. OK: the newest frame is answered, then OnDone. Else,
  // or when the token of OpenLive was raised: the frame in work is ended (by the
  // token within one operator), what waits is dropped, then OnDone(status).
  virtual void Close(absl::Status status) = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_LIVE_H_
