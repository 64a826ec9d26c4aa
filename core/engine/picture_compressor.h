// Compresses the PNG pictures of one request on the host pool: a few pictures per
// task, a few tasks at a time, so that what other requests have for the pool waits
// for milliseconds.
//
//   auto compressor = std::make_shared<PictureCompressor>(host, lanes, cancelled);
//   compressor->Compress(codes, stack, [](absl::StatusOr<EncodedPictures> pictures) { … });
//
// Threading: thread-safe; `done` is called on a thread of the pool, or dropped
// without a call when the pool stops. Layers may be done in any order.
// Ownership: tasks share the compressor; the pool outlives them.
#ifndef DEEPVISION_CORE_ENGINE_PICTURE_COMPRESSOR_H_
#define DEEPVISION_CORE_ENGINE_PICTURE_COMPRESSOR_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "core/activation/encode_pictures.h"
#include "core/api/cancellation.h"
#include "core/base/executor.h"

namespace deepvision {

class PictureCompressor : public std::enable_shared_from_this<PictureCompressor> {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<EncodedPictures>) &&>;

  // At most `lanes` tasks at a time.
  PictureCompressor(Executor& host, int lanes, CancellationToken cancelled)
      : host_(host), max_lanes_(lanes), cancelled_(std::move(cancelled)) {}

  // `codes` are the bytes of `stack`. When cancelled, `done` gets kCancelled.
  void Compress(HostBuffer codes, const PictureStack& stack, Done done);

 private:
  // The pictures of one layer.
  struct Layer {
    HostBuffer codes;
    PictureStack stack;
    Done done;
    int64_t claimed = 0;                 // pictures that a task has taken
    std::vector<EncodedPictures> parts;  // by task, in the order of the pictures
    size_t parts_done = 0;
    absl::Status status;
  };
  struct Part {
    std::shared_ptr<Layer> layer;
    size_t index = 0;
    int64_t first = 0;
    int64_t count = 0;
  };
  // The right to have a task in the pool. Destroyed unused, because the pool
  // stops, it drops all layers.
  class Lane;

  void PostLane(Lane lane);
  void Run(Lane lane);
  // Nothing is left: then the lane is given back.
  std::optional<Part> Claim() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<EncodedPictures> CompressPart(const Part& part) const;
  void Complete(const Part& part, absl::StatusOr<EncodedPictures> pictures);
  void DropAll();

  Executor& host_;
  const int max_lanes_;
  const CancellationToken cancelled_;
  absl::Mutex mutex_;
  int lanes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<std::shared_ptr<Layer>> layers_ ABSL_GUARDED_BY(mutex_);  // not fully claimed
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_PICTURE_COMPRESSOR_H_
