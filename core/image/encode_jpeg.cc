#include <cstdlib>
#include <memory>

#include "core/base/status_macros.h"
#include "core/image/encode.h"
#include "core/image/libjpeg.h"
#include "core/image/view_check.h"

namespace deepvision {
namespace {

struct Output {
  unsigned char* bytes = nullptr;  // from malloc
  unsigned long size = 0;          // NOLINT(google-runtime-int): libjpeg's type
};

// No object with a destructor lives here, because longjmp would skip it.
bool Compress(const BitmapView& view, int quality, Output* output) {
  jpeg_compress_struct info;
  LibJpegError error;
  info.err = InstallLibJpegError(&error);
  if (setjmp(error.jump) != 0) {
    jpeg_destroy_compress(&info);
    return false;
  }
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, &output->bytes, &output->size);
  info.image_width = static_cast<JDIMENSION>(view.width);
  info.image_height = static_cast<JDIMENSION>(view.height);
  info.input_components = view.channels;
  info.in_color_space = view.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, /*force_baseline=*/TRUE);
  jpeg_start_compress(&info, /*write_all_tables=*/TRUE);
  while (info.next_scanline < info.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(view.Row(static_cast<int>(info.next_scanline)));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  return true;
}

}  // namespace

absl::StatusOr<HostBuffer> EncodeJpeg(const BitmapView& view, int quality) {
  DV_RETURN_IF_ERROR(CheckView(view));
  if (view.channels != 1 && view.channels != 3) {
    return absl::InvalidArgumentError("a JPEG has 1 or 3 channels");
  }
  if (quality < 1 || quality > 100) {
    return absl::InvalidArgumentError("the quality of a JPEG is 1 to 100");
  }
  Output output;
  const bool ok = Compress(view, quality, &output);
  const std::shared_ptr<const void> owner(output.bytes, [](const void* bytes) {
    std::free(const_cast<void*>(bytes));  // NOLINT: libjpeg allocated it with malloc
  });
  if (!ok) return absl::InternalError("writing a JPEG failed");
  return HostBuffer(output.bytes, output.size, owner);
}

}  // namespace deepvision
