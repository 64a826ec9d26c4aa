// The way of one request's layers from captured tensors to its sink: what is
// encoded when, and on which thread. The device never waits for a reader.
//
//   auto delivery = std::make_shared<LayerDelivery>(sink, reply, cancelled, tools);
//   delivery->Start(header, reservation);
//   DV_RETURN_IF_ERROR(delivery->Add(std::move(layer)));   // as each value exists
//   delivery->Finish(status);                              // after the last one
//
//   * A layer is encoded at once while the request is less than kWindowBytes ahead
//     of its reader, else when the sink asks for more: a slow reader costs tensors
//     that were reserved, and no more encoded bytes than the window (or one layer,
//     if that is larger).
//   * The first layer is encoded at once; one that comes within `gather` after the
//     last encoding waits for the next one, as each message wakes its reader, who
//     may need the cores that compute.
//   * PNG pictures are compressed on the host pool, the rest is done on the device
//     worker; either way layers reach the sink in the order of Add.
//   * The request's end reaches `reply` after all that was added; at once when it
//     is cancelled.
//
// Threading: Start, Add and Finish on the device worker.
// Ownership: shared with the tasks and the sink's `resume`, which may outlive the
// engine: stopped executors refuse what it asks for. When the last of them is
// dropped without an end, `reply` reports so.
#ifndef DEEPVISION_CORE_ENGINE_LAYER_DELIVERY_H_
#define DEEPVISION_CORE_ENGINE_LAYER_DELIVERY_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "core/activation/encode_layer.h"
#include "core/api/activation.h"
#include "core/api/cancellation.h"
#include "core/base/buffer_pool.h"
#include "core/base/byte_budget.h"
#include "core/base/executor.h"
#include "core/engine/live_buffers.h"
#include "core/engine/picture_compressor.h"
#include "core/engine/reply.h"

namespace deepvision {

// A layer that exists and is not encoded.
struct CapturedLayer {
  std::string id;
  std::optional<int> node_index;
  std::optional<TokenGrid> token_grid;
  DataKind kind = DataKind::kOther;
  EncodingOptions options;
  at::Tensor value;
  uint64_t encoded_bytes = 0;               // what it will take; for PNG the most it may
  uint64_t reserved_bytes = 0;              // of the budget, given back once it is encoded
  std::shared_ptr<SmoothedRange> smoothed;  // of a live session's layer, else null
};

// What deliveries share.
struct DeliveryTools {
  std::shared_ptr<Executor> device;
  std::shared_ptr<Executor> host;
  int host_tasks = 1;  // of one request at a time
  std::shared_ptr<BufferPool> pool;
  std::shared_ptr<LiveBuffers> buffers;
  absl::Duration gather;  // zero: each layer is encoded when it is added
  // Told at the end how long encoding took. May be empty.
  std::function<void(absl::Duration)> on_encoded;
};

class LayerDelivery : public std::enable_shared_from_this<LayerDelivery> {
 public:
  static constexpr uint64_t kWindowBytes = uint64_t{8} << 20;

  LayerDelivery(std::shared_ptr<ActivationSink> sink, std::shared_ptr<Reply<Nothing>> reply,
                CancellationToken cancelled, DeliveryTools tools);
  ~LayerDelivery();

  void Start(const ActivationHeader& header, ByteBudget::Reservation reserved);
  // What went wrong, so that nothing more is computed: the request was cancelled,
  // or this layer or one before it cannot be encoded.
  absl::Status Add(CapturedLayer layer);
  absl::Status Add(Prediction prediction);
  void Finish(absl::Status status);

 private:
  // What waits for the device worker.
  using Waiting = std::variant<CapturedLayer, Prediction>;
  // What goes to the sink; nothing while it is being made.
  using Item = std::variant<std::monostate, LayerActivation, Prediction>;
  // A place in the order of the sink.
  struct Slot {
    Item item;
    uint64_t held_bytes = 0;
  };

  absl::Status Append(Waiting item) ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether layers have been gathered for long enough.
  bool IsDue() ABSL_LOCKS_EXCLUDED(mutex_);
  void EncodeSome() ABSL_LOCKS_EXCLUDED(mutex_);
  std::optional<Waiting> TakeNext() ABSL_LOCKS_EXCLUDED(mutex_);
  bool FitsWindow(const Waiting& item) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<Slot> NewSlot(uint64_t held_bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  void Encode(CapturedLayer layer) ABSL_LOCKS_EXCLUDED(mutex_);
  void Compress(std::shared_ptr<Slot> slot, LayerActivation layer, const PictureStack& stack);
  void FillLayer(Slot& slot, LayerActivation layer) ABSL_LOCKS_EXCLUDED(mutex_);
  void Fill(Slot& slot, Item item) ABSL_LOCKS_EXCLUDED(mutex_);
  void Fail(absl::Status status) ABSL_LOCKS_EXCLUDED(mutex_);
  // Hands over what is next in order; one thread at a time.
  void Deliver() ABSL_LOCKS_EXCLUDED(mutex_);
  std::shared_ptr<Slot> TakeReady() ABSL_LOCKS_EXCLUDED(mutex_);
  void ReportEnd() ABSL_LOCKS_EXCLUDED(mutex_);
  void AskForMore() ABSL_LOCKS_EXCLUDED(mutex_);
  void PostContinuation() ABSL_LOCKS_EXCLUDED(mutex_);

  const std::shared_ptr<ActivationSink> sink_;
  const std::shared_ptr<Reply<Nothing>> reply_;
  const CancellationToken cancelled_;
  const DeliveryTools tools_;
  const std::shared_ptr<PictureCompressor> compressor_;

  mutable absl::Mutex mutex_;
  ByteBudget::Reservation reserved_ ABSL_GUARDED_BY(mutex_);
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<Slot>> slots_ ABSL_GUARDED_BY(mutex_);
  uint64_t held_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of the slots
  bool encoding_ ABSL_GUARDED_BY(mutex_) = false;
  bool delivering_ ABSL_GUARDED_BY(mutex_) = false;
  bool asked_ ABSL_GUARDED_BY(mutex_) = false;  // for a continuation
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  absl::Time last_encoding_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Duration encode_time_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_LAYER_DELIVERY_H_
