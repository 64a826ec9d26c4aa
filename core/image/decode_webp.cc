#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

#include "core/base/status_macros.h"
#include "core/image/codec.h"
#include "core/image/exif.h"

namespace deepvision {
namespace {

constexpr char kDamaged[] = "the data are damaged or the file ends too early";

struct DemuxerDeleter {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
};
struct AnimationDeleter {
  void operator()(WebPAnimDecoder* decoder) const { WebPAnimDecoderDelete(decoder); }
};

int Orientation(const WebPData& file) {
  const std::unique_ptr<WebPDemuxer, DemuxerDeleter> demuxer(WebPDemux(&file));
  WebPChunkIterator chunk;
  if (demuxer == nullptr || WebPDemuxGetChunk(demuxer.get(), "EXIF", 1, &chunk) == 0) return 1;
  const int orientation = ExifOrientation(chunk.chunk.bytes, chunk.chunk.size);
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

bool DecodeStill(const WebPData& file, Bitmap* rgb) {
  return WebPDecodeRGBInto(file.bytes, file.size, rgb->pixels.data(), rgb->pixels.size(),
                           static_cast<int>(rgb->View().stride_bytes)) != nullptr;
}

// The first frame on its canvas, which it need not fill.
bool DecodeFirstFrame(const WebPData& file, Bitmap* rgb) {
  WebPAnimDecoderOptions options;
  WebPAnimDecoderOptionsInit(&options);
  options.color_mode = MODE_RGBA;
  const std::unique_ptr<WebPAnimDecoder, AnimationDeleter> decoder(
      WebPAnimDecoderNew(&file, &options));
  uint8_t* rgba = nullptr;
  int timestamp = 0;
  if (decoder == nullptr || WebPAnimDecoderGetNext(decoder.get(), &rgba, &timestamp) == 0) {
    return false;
  }
  for (size_t i = 0; i < rgb->pixels.size() / 3; ++i) {
    for (size_t c = 0; c < 3; ++c) rgb->pixels[3 * i + c] = rgba[4 * i + c];
  }
  return true;
}

}  // namespace

absl::StatusOr<StoredPicture> DecodeWebp(const uint8_t* data, size_t size,
                                         const DecodeLimits& limits) {
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data, size, &features) != VP8_STATUS_OK) {
    return UnreadablePicture("WebP", kDamaged);
  }
  DV_RETURN_IF_ERROR(CheckPictureSize(features.width, features.height, limits));
  const WebPData file = {data, size};
  StoredPicture picture;
  picture.bitmap = MakeBitmap(features.width, features.height, 3);
  const bool ok = features.has_animation != 0 ? DecodeFirstFrame(file, &picture.bitmap)
                                              : DecodeStill(file, &picture.bitmap);
  if (!ok) return UnreadablePicture("WebP", kDamaged);
  picture.orientation = Orientation(file);
  return picture;
}

}  // namespace deepvision
