// Streams pictures of a dataset, one after the other as the reader asks.
//
// Threading: pictures are read and encoded on `host`; the reader's `more` may be
// called from any thread.
#ifndef DEEPVISION_CORE_ENGINE_IMAGE_STREAM_H_
#define DEEPVISION_CORE_ENGINE_IMAGE_STREAM_H_

#include <memory>
#include <vector>

#include "core/api/cancellation.h"
#include "core/api/dataset.h"
#include "core/base/executor.h"
#include "core/dataset/dataset.h"
#include "core/image/decode.h"
#include "core/input/prepare_input.h"

namespace deepvision {

// `dataset` and `host` must outlive the stream.
void StartImageStream(const Dataset& dataset, std::vector<uint64_t> indices, ImageFormat format,
                      InputLimits limits, Executor& host, std::shared_ptr<PictureSink> sink,
                      CancellationToken cancelled);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_IMAGE_STREAM_H_
