#include "core/activation/encode_layer.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "core/activation/average_areas.h"
#include "core/activation/encode_pictures.h"
#include "core/activation/float_kernels.h"
#include "core/activation/layer_values.h"
#include "core/activation/parallel_pieces.h"
#include "core/activation/plan_layer.h"
#include "core/activation/statistics.h"
#include "core/activation/write_codes.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/device/torch_status.h"

namespace deepvision {
namespace {

std::vector<ChannelStatistics> StatisticsPerChannel(const at::Tensor& values, DataKind kind) {
  const at::Tensor channels = ByChannel(values, kind);
  const int64_t length = channels.size(1);
  const float* const data = channels.const_data_ptr<float>();
  std::vector<ChannelStatistics> statistics(static_cast<size_t>(channels.size(0)));
  const auto measure = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      statistics[static_cast<size_t>(i)] =
          StatisticsOf(data + i * length, static_cast<size_t>(length));
    }
  };
  at::parallel_for(0, channels.size(0), RunsPerThread(length), measure);
  return statistics;
}

at::Tensor ReduceTo(const Shape& shape, const at::Tensor& values) {
  if (values.sizes() == shape || values.numel() == 0) return values;
  const at::Tensor reduced = at::empty(shape, values.options());
  AverageAreas(values.const_data_ptr<float>(), shape[0], {values.size(1), values.size(2)},
               {shape[1], shape[2]}, reduced.mutable_data_ptr<float>());
  return reduced;
}

void Count(const FiniteRange& seen, EncodedLayer& layer) {
  layer.nan_count = seen.nan_count;
  layer.infinite_count = seen.infinite_count;
}

// The tensor's own memory.
HostBuffer BytesOf(const at::Tensor& tensor) {
  return HostBuffer(tensor.const_data_ptr(), tensor.nbytes(),
                    std::make_shared<const at::Tensor>(tensor));
}

void WriteFloat32(const at::Tensor& values, EncodedLayer& layer) {
  const float* const data = values.const_data_ptr<float>();
  absl::Mutex mutex;
  FiniteRange seen;
  layer.crc32 = HashPieces(BlockCount(values.numel()), 2, [&](int64_t begin, int64_t end) {
    FiniteRange part;
    HashedBytes bytes;
    for (int64_t done = begin * kBlock; done < std::min(end * kBlock, values.numel());
         done += kBlock) {
      const auto step = static_cast<size_t>(std::min(kBlock, values.numel() - done));
      ScanRange(data + done, step, part);
      Append(data + done, step * sizeof(float), bytes);
    }
    absl::MutexLock lock(&mutex);
    Merge(part, seen);
    return bytes;
  });
  Count(seen, layer);
  layer.bytes = BytesOf(values);
}

void WriteFloat16(const at::Tensor& values, EncodedLayer& layer) {
  Count(ScanInParallel(values.const_data_ptr<float>(), values.numel()), layer);
  layer.bytes = BytesOf(values.to(at::kHalf));
  layer.crc32 = Crc32(layer.bytes.data(), layer.bytes.size());
}

void WriteCoded(const at::Tensor& values, const EncodingOptions& options, const EncodedSize& size,
                BufferPool* pool, SmoothedRange* smoothed, WrittenLayer& written) {
  EncodedLayer& layer = written.layer;
  CodedLayer coded = WriteCodes(values, layer.kind, options, size, pool, smoothed);
  Count(coded.seen, layer);
  layer.quantization = std::move(coded.quantization);
  layer.bytes = std::move(coded.bytes).Freeze();
  layer.crc32 = coded.crc32;
  if (options.encoding == ActivationEncoding::kPng) written.pictures = PicturesOf(size, layer.kind);
}

void WriteBytes(const at::Tensor& values, const EncodingOptions& options, const EncodedSize& size,
                BufferPool* pool, SmoothedRange* smoothed, WrittenLayer& written) {
  EncodedLayer& layer = written.layer;
  const bool flipped =
      layer.kind == DataKind::kFeatureMap && options.row_order == RowOrder::kBottomUp;
  switch (options.encoding) {
    case ActivationEncoding::kFloat32:
      return WriteFloat32(flipped ? values.flip({1}) : values, layer);
    case ActivationEncoding::kFloat16:
      return WriteFloat16(flipped ? values.flip({1}) : values, layer);
    case ActivationEncoding::kUint8:
    case ActivationEncoding::kPng:
      return WriteCoded(values, options, size, pool, smoothed, written);
  }
}

absl::StatusOr<WrittenLayer> Write(const at::Tensor& value, DataKind kind,
                                   const EncodingOptions& options, BufferPool* pool,
                                   SmoothedRange* smoothed) {
  DV_RETURN_IF_ERROR(CheckNumberType(value));
  WrittenLayer written;
  EncodedLayer& layer = written.layer;
  layer.kind = kind;
  layer.encoding = options.encoding;
  layer.channels = options.channels;
  DV_ASSIGN_OR_RETURN(layer.full_shape, ShapeWithoutBatch(value, kind));
  DV_ASSIGN_OR_RETURN(const EncodedSize size,
                      PlanLayer(layer.full_shape, kind, options,
                                smoothed == nullptr ? Frames::kOne : Frames::kMany));
  layer.shape = size.shape;
  layer.sheet = size.sheet;
  const at::Tensor values = LayerValues(value, kind, options.channels);
  if (options.statistics) layer.statistics = StatisticsPerChannel(values, kind);
  WriteBytes(ReduceTo(size.shape, values), options, size, pool, smoothed, written);
  return written;
}

}  // namespace

absl::StatusOr<WrittenLayer> WriteLayer(const at::Tensor& value, DataKind kind,
                                        const EncodingOptions& options, BufferPool* pool,
                                        SmoothedRange* smoothed) {
  return CallTorch([&] { return Write(value, kind, options, pool, smoothed); });
}

void SetPictures(EncodedPictures pictures, EncodedLayer& layer) {
  layer.bytes = std::move(pictures.bytes);
  layer.part_bytes = std::move(pictures.part_bytes);
  layer.crc32 = Crc32(layer.bytes.data(), layer.bytes.size());
}

absl::StatusOr<EncodedLayer> EncodeLayer(const at::Tensor& value, DataKind kind,
                                         const EncodingOptions& options, SmoothedRange* smoothed) {
  DV_ASSIGN_OR_RETURN(WrittenLayer written,
                      WriteLayer(value, kind, options, /*pool=*/nullptr, smoothed));
  if (written.pictures.has_value()) {
    DV_ASSIGN_OR_RETURN(EncodedPictures pictures,
                        EncodePictures(written.layer.bytes.data(), *written.pictures));
    SetPictures(std::move(pictures), written.layer);
  }
  return std::move(written.layer);
}

}  // namespace deepvision
