#include "core/engine/layer_delivery.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "core/api/error.h"
#include "core/base/fault_point.h"
#include "core/engine/layer_reading.h"

namespace deepvision {

LayerDelivery::LayerDelivery(std::shared_ptr<ActivationSink> sink,
                             std::shared_ptr<Reply<Nothing>> reply, CancellationToken cancelled,
                             DeliveryTools tools)
    : sink_(std::move(sink)),
      reply_(std::move(reply)),
      cancelled_(std::move(cancelled)),
      tools_(std::move(tools)),
      compressor_(
          std::make_shared<PictureCompressor>(*tools_.host, tools_.host_tasks, cancelled_)) {}

LayerDelivery::~LayerDelivery() {
  if (tools_.on_encoded) tools_.on_encoded(encode_time_);
}

void LayerDelivery::Start(const ActivationHeader& header, ByteBudget::Reservation reserved) {
  {
    absl::MutexLock lock(&mutex_);
    reserved_ = std::move(reserved);
  }
  sink_->OnHeader(header);
}

absl::Status LayerDelivery::Add(CapturedLayer layer) { return Append(std::move(layer)); }
absl::Status LayerDelivery::Add(Prediction prediction) { return Append(std::move(prediction)); }

absl::Status LayerDelivery::Append(Waiting item) {
  if (cancelled_.IsCancelled()) return RequestCancelled();
  {
    absl::MutexLock lock(&mutex_);
    if (!failure_.ok()) return failure_;
    waiting_.push_back(std::move(item));
  }
  if (IsDue()) EncodeSome();
  absl::MutexLock lock(&mutex_);
  return failure_;
}

bool LayerDelivery::IsDue() {
  const absl::Time now = absl::Now();
  absl::MutexLock lock(&mutex_);
  if (now - last_encoding_ < tools_.gather) return false;
  last_encoding_ = now;
  return true;
}

void LayerDelivery::Finish(absl::Status status) {
  if (absl::IsCancelled(status)) Fail(status);
  EncodeSome();
  {
    absl::MutexLock lock(&mutex_);
    end_ = failure_.ok() ? std::move(status) : failure_;
  }
  Deliver();
}

bool LayerDelivery::FitsWindow(const Waiting& item) const {
  const CapturedLayer* const layer = std::get_if<CapturedLayer>(&item);
  if (layer == nullptr) return true;
  const uint64_t ahead = held_bytes_ + sink_->BytesAhead();
  return ahead == 0 || ahead + layer->encoded_bytes <= kWindowBytes;
}

std::optional<LayerDelivery::Waiting> LayerDelivery::TakeNext() {
  absl::MutexLock lock(&mutex_);
  if (waiting_.empty() || !FitsWindow(waiting_.front())) {
    encoding_ = false;
    return std::nullopt;
  }
  Waiting item = std::move(waiting_.front());
  waiting_.pop_front();
  return item;
}

// A sink may ask for more from within, on this thread: the loop sees to it.
void LayerDelivery::EncodeSome() {
  {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(encoding_, true)) return;
  }
  while (std::optional<Waiting> item = TakeNext()) {
    if (Prediction* const prediction = std::get_if<Prediction>(&*item)) {
      Fill(*NewSlot(0), std::move(*prediction));
    } else {
      Encode(std::get<CapturedLayer>(*std::move(item)));
    }
  }
  AskForMore();
}

std::shared_ptr<LayerDelivery::Slot> LayerDelivery::NewSlot(uint64_t held_bytes) {
  auto slot = std::make_shared<Slot>();
  slot->held_bytes = held_bytes;
  absl::MutexLock lock(&mutex_);
  held_bytes_ += held_bytes;
  slots_.push_back(slot);
  return slot;
}

void LayerDelivery::Encode(CapturedLayer captured) {
  if (cancelled_.IsCancelled()) return Fail(RequestCancelled());
  const absl::Time begin = absl::Now();
  auto written = WriteLayer(captured.value, captured.kind, captured.options, tools_.pool.get(),
                            captured.smoothed.get());
  captured.value.reset();
  {
    absl::MutexLock lock(&mutex_);
    encode_time_ += absl::Now() - begin;
    reserved_.Shrink(captured.reserved_bytes);
  }
  DV_DELAY_POINT("after_encode");
  if (!written.ok()) return Fail(InLayer(captured.id, written.status()));
  LayerActivation layer{std::move(captured.id), captured.node_index, captured.token_grid,
                        std::move(written->layer)};
  std::shared_ptr<Slot> slot = NewSlot(layer.data.bytes.size());
  if (written->pictures.has_value()) {
    return Compress(std::move(slot), std::move(layer), *written->pictures);
  }
  FillLayer(*slot, std::move(layer));
}

void LayerDelivery::Compress(std::shared_ptr<Slot> slot, LayerActivation layer,
                             const PictureStack& stack) {
  const HostBuffer codes = std::exchange(layer.data.bytes, HostBuffer());
  const absl::Time begin = absl::Now();
  compressor_->Compress(
      codes, stack,
      [self = shared_from_this(), slot = std::move(slot), layer = std::move(layer),
       begin](absl::StatusOr<EncodedPictures> pictures) mutable {
        {
          absl::MutexLock lock(&self->mutex_);
          self->encode_time_ += absl::Now() - begin;
        }
        if (!pictures.ok()) return self->Fail(InLayer(layer.id, pictures.status()));
        SetPictures(*std::move(pictures), layer.data);
        self->FillLayer(*slot, std::move(layer));
      });
}

void LayerDelivery::FillLayer(Slot& slot, LayerActivation layer) {
  layer.data.bytes = tools_.buffers->Count(layer.data.bytes);
  Fill(slot, std::move(layer));
}

void LayerDelivery::Fill(Slot& slot, Item item) {
  {
    absl::MutexLock lock(&mutex_);
    slot.item = std::move(item);
  }
  Deliver();
}

// Nothing after the failed layer is delivered. What is dropped may own anything:
// it goes without the lock.
void LayerDelivery::Fail(absl::Status status) {
  std::deque<Waiting> dropped;
  std::deque<std::shared_ptr<Slot>> dropped_slots;
  {
    absl::MutexLock lock(&mutex_);
    if (!failure_.ok()) return;
    failure_ = std::move(status);
    if (end_.has_value()) end_ = failure_;
    dropped.swap(waiting_);
    dropped_slots.swap(slots_);
    held_bytes_ = 0;
  }
  Deliver();
}

std::shared_ptr<LayerDelivery::Slot> LayerDelivery::TakeReady() {
  absl::MutexLock lock(&mutex_);
  if (slots_.empty() || slots_.front()->item.index() == 0) {
    delivering_ = false;
    return nullptr;
  }
  std::shared_ptr<Slot> slot = std::move(slots_.front());
  slots_.pop_front();
  return slot;
}

void LayerDelivery::Deliver() {
  {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(delivering_, true)) return;
  }
  while (const std::shared_ptr<Slot> slot = TakeReady()) {
    if (auto* const layer = std::get_if<LayerActivation>(&slot->item)) {
      sink_->OnLayer(std::move(*layer));
    } else {
      sink_->OnPrediction(std::get<Prediction>(std::move(slot->item)));
    }
    absl::MutexLock lock(&mutex_);
    held_bytes_ -= std::min(held_bytes_, slot->held_bytes);
  }
  AskForMore();
  ReportEnd();
}

void LayerDelivery::ReportEnd() {
  std::optional<absl::Status> end;
  {
    absl::MutexLock lock(&mutex_);
    if (delivering_ || !slots_.empty() || !waiting_.empty()) return;
    end = std::exchange(end_, std::nullopt);
    if (end.has_value()) reserved_ = {};
  }
  if (!end.has_value()) return;
  if (end->ok()) return (*reply_)(Nothing{});
  (*reply_)(*end);
}

// While pictures are being compressed, the one that is done asks.
void LayerDelivery::AskForMore() {
  uint64_t taken = 0;
  {
    absl::MutexLock lock(&mutex_);
    if (waiting_.empty() || asked_ || encoding_) return;
    const CapturedLayer* const next = std::get_if<CapturedLayer>(&waiting_.front());
    const uint64_t needed = held_bytes_ + (next == nullptr ? 0 : next->encoded_bytes);
    if (needed > kWindowBytes && held_bytes_ > 0) return;
    taken = needed > kWindowBytes ? 0 : std::min(kWindowBytes - needed, kWindowBytes / 2);
    asked_ = true;
  }
  sink_->WhenTaken(taken, [self = shared_from_this()] { self->PostContinuation(); });
}

void LayerDelivery::PostContinuation() {
  {
    absl::MutexLock lock(&mutex_);
    asked_ = false;
  }
  const absl::Status posted = tools_.device->Post(
      Priority::kContinuation, [self = shared_from_this()] { self->EncodeSome(); });
  if (!posted.ok()) Fail(posted);
}

}  // namespace deepvision
