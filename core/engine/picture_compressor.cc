#include "core/engine/picture_compressor.h"

#include <algorithm>

#include "core/api/error.h"

namespace deepvision {
namespace {

// Codes of one task: some two milliseconds of compression.
constexpr int64_t kPartBytes = 128 << 10;

int64_t PicturesPerPart(const PictureStack& stack) {
  const int64_t picture = int64_t{stack.width} * stack.height;
  return std::max<int64_t>(1, kPartBytes / std::max<int64_t>(1, picture));
}

}  // namespace

class PictureCompressor::Lane {
 public:
  explicit Lane(std::shared_ptr<PictureCompressor> owner) : owner_(std::move(owner)) {}
  Lane(Lane&&) = default;
  Lane& operator=(Lane&&) = default;
  ~Lane() {
    if (owner_ != nullptr) owner_->DropAll();
  }

  PictureCompressor* operator->() const { return owner_.get(); }
  void GiveBack() { owner_.reset(); }

 private:
  std::shared_ptr<PictureCompressor> owner_;
};

void PictureCompressor::Compress(HostBuffer codes, const PictureStack& stack, Done done) {
  auto layer =
      std::make_shared<Layer>(Layer{std::move(codes), stack, std::move(done), 0, {}, 0, {}});
  if (stack.count == 0) return std::move(layer->done)(EncodedPictures());
  const int64_t per_part = PicturesPerPart(stack);
  layer->parts.resize(static_cast<size_t>((stack.count + per_part - 1) / per_part));
  int new_lanes = 0;
  {
    absl::MutexLock lock(&mutex_);
    layers_.push_back(std::move(layer));
    new_lanes = max_lanes_ - lanes_;
    lanes_ = max_lanes_;
  }
  for (int i = 0; i < new_lanes; ++i) PostLane(Lane(shared_from_this()));
}

// A lane that the pool refuses drops what waits, as one that the pool drops.
void PictureCompressor::PostLane(Lane lane) {
  host_
      .Post(Priority::kContinuation,
            [lane = std::move(lane)]() mutable {
              PictureCompressor* const owner = lane.operator->();
              owner->Run(std::move(lane));
            })
      .IgnoreError();
}

void PictureCompressor::Run(Lane lane) {
  std::optional<Part> part = Claim();
  if (!part.has_value()) return lane.GiveBack();
  Complete(*part, CompressPart(*part));
  part.reset();
  PostLane(std::move(lane));
}

std::optional<PictureCompressor::Part> PictureCompressor::Claim() {
  absl::MutexLock lock(&mutex_);
  if (layers_.empty()) {
    --lanes_;
    return std::nullopt;
  }
  const std::shared_ptr<Layer> layer = layers_.front();
  const int64_t per_part = PicturesPerPart(layer->stack);
  const int64_t count = std::min(per_part, layer->stack.count - layer->claimed);
  const Part part{layer, static_cast<size_t>(layer->claimed / per_part), layer->claimed, count};
  layer->claimed += count;
  if (layer->claimed == layer->stack.count) layers_.pop_front();
  return part;
}

absl::StatusOr<EncodedPictures> PictureCompressor::CompressPart(const Part& part) const {
  if (cancelled_.IsCancelled()) return RequestCancelled();
  PictureStack stack = part.layer->stack;
  const int64_t picture = int64_t{stack.width} * stack.height;
  stack.count = part.count;
  return EncodePictures(part.layer->codes.data() + part.first * picture, stack);
}

void PictureCompressor::Complete(const Part& part, absl::StatusOr<EncodedPictures> pictures) {
  Layer& layer = *part.layer;
  {
    absl::MutexLock lock(&mutex_);
    layer.status.Update(pictures.status());
    if (pictures.ok()) layer.parts[part.index] = *std::move(pictures);
    if (++layer.parts_done < layer.parts.size()) return;
  }
  layer.codes = HostBuffer();
  if (!layer.status.ok()) return std::move(layer.done)(layer.status);
  std::move(layer.done)(JoinPictures(layer.parts));
}

void PictureCompressor::DropAll() {
  std::deque<std::shared_ptr<Layer>> dropped;  // destroyed without the lock
  absl::MutexLock lock(&mutex_);
  dropped.swap(layers_);
}

}  // namespace deepvision
