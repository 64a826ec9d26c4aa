#include "core/engine/image_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"
#include "core/engine/reply.h"
#include "core/image/picture.h"

namespace deepvision {
namespace {

absl::StatusOr<EncodedPicture> LoadPicture(const Dataset& dataset, uint64_t index,
                                           const ImageFormat& format, const InputLimits& limits) {
  DV_ASSIGN_OR_RETURN(const HostBuffer bytes, dataset.ReadImage(index, limits.max_encoded_bytes));
  auto bitmap = DecodeImage(bytes.data(), bytes.size(), {limits.max_pixels});
  if (absl::IsInvalidArgument(bitmap.status())) {
    return absl::DataLossError(
        absl::StrCat("picture ", index, " of the dataset is damaged: ", bitmap.status().message()));
  }
  DV_RETURN_IF_ERROR(bitmap.status());
  DV_ASSIGN_OR_RETURN(EncodedPicture picture, EncodePicture(*std::move(bitmap), format));
  picture.index = index;
  picture.label = dataset.Label(index);
  picture.class_name = dataset.ClassName(index);
  return picture;
}

// Lives in the tasks and in the `more` that the reader holds.
class ImageStream : public std::enable_shared_from_this<ImageStream> {
 public:
  ImageStream(const Dataset& dataset, std::vector<uint64_t> indices, ImageFormat format,
              InputLimits limits, Executor& host, std::shared_ptr<PictureSink> sink,
              CancellationToken cancelled)
      : dataset_(dataset),
        indices_(std::move(indices)),
        format_(format),
        limits_(limits),
        host_(host),
        sink_(std::move(sink)),
        cancelled_(std::move(cancelled)),
        done_([sink = sink_](absl::StatusOr<Nothing> result) { sink->OnDone(result.status()); }) {}

  void Next() {
    if (next_ == indices_.size()) return done_(Nothing{});
    const Priority priority = next_ == 0 ? Priority::kInteractive : Priority::kContinuation;
    const absl::Status posted =
        host_.Post(priority, [self = shared_from_this()] { self->SendOne(); });
    if (!posted.ok()) done_(posted);
  }

 private:
  void SendOne() {
    if (cancelled_.IsCancelled()) return done_(RequestCancelled());
    auto picture = LoadPicture(dataset_, indices_[next_], format_, limits_);
    if (!picture.ok()) return done_(picture.status());
    ++next_;
    sink_->OnPicture(*std::move(picture), [self = shared_from_this()] { self->Next(); });
  }

  const Dataset& dataset_;
  const std::vector<uint64_t> indices_;
  const ImageFormat format_;
  const InputLimits limits_;
  Executor& host_;
  const std::shared_ptr<PictureSink> sink_;
  const CancellationToken cancelled_;
  size_t next_ = 0;  // one task at a time
  Reply<Nothing> done_;
};

}  // namespace

void StartImageStream(const Dataset& dataset, std::vector<uint64_t> indices, ImageFormat format,
                      InputLimits limits, Executor& host, std::shared_ptr<PictureSink> sink,
                      CancellationToken cancelled) {
  std::make_shared<ImageStream>(dataset, std::move(indices), format, limits, host, std::move(sink),
                                std::move(cancelled))
      ->Next();
}

}  // namespace deepvision
