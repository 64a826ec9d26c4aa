#include <jerror.h>

#include <vector>

#include "core/base/status_macros.h"
#include "core/image/codec.h"
#include "core/image/exif.h"
#include "core/image/libjpeg.h"

namespace deepvision {
namespace {

// A progressive file refines the picture in about ten scans; thousands of them
// are an attack on our time.
constexpr int kMaxScans = 100;
constexpr int kExifMarker = JPEG_APP0 + 1;

// libjpeg carries on after damage, with gray where the picture was, and only
// warns. These warnings mean that pixels are lost.
bool IsDamage(int code) {
  return code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE ||
         code == JWRN_MUST_RESYNC;
}

// Methods hold no object with a destructor, because longjmp would skip it.
class JpegReader {
 public:
  JpegReader(const uint8_t* data, size_t size) : data_(data), size_(size) {
    info_.err = InstallLibJpegError(&error_);
    error_.base.emit_message = OnMessage;
    progress_.progress_monitor = OnProgress;
  }
  ~JpegReader() { jpeg_destroy_decompress(&info_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  bool ReadHeader();
  // `rgb` has room for the picture, `cmyk_row` for a row of 4 channels.
  bool ReadPixels(Bitmap* rgb, uint8_t* cmyk_row);

  int64_t width() const { return info_.image_width; }
  int64_t height() const { return info_.image_height; }
  int Orientation() const;
  const char* error() const;

 private:
  static void OnMessage(j_common_ptr info, int level) {
    if (level < 0 && IsDamage(info->err->msg_code)) info->err->error_exit(info);
  }
  static void OnProgress(j_common_ptr info) {
    const auto* decompress = reinterpret_cast<j_decompress_ptr>(info);
    if (decompress->input_scan_number > kMaxScans) {
      info->err->msg_code = JERR_BAD_PROGRESSION;
      info->err->error_exit(info);
    }
  }

  const uint8_t* data_;
  size_t size_;
  jpeg_decompress_struct info_ = {};
  jpeg_progress_mgr progress_ = {};
  LibJpegError error_ = {};
};

bool JpegReader::ReadHeader() {
  if (setjmp(error_.jump) != 0) return false;
  jpeg_create_decompress(&info_);
  info_.progress = &progress_;
  jpeg_mem_src(&info_, data_, static_cast<unsigned long>(size_));  // NOLINT: libjpeg's type
  jpeg_save_markers(&info_, kExifMarker, 0xFFFF);
  jpeg_read_header(&info_, /*require_image=*/TRUE);
  const bool cmyk = info_.jpeg_color_space == JCS_CMYK || info_.jpeg_color_space == JCS_YCCK;
  info_.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  return true;
}

// round(a * b / 255) for a, b in 0..255.
uint8_t MultiplyUnit(int a, int b) {
  const int product = a * b + 128;
  return static_cast<uint8_t>((product + (product >> 8)) >> 8);
}

// `cmyk` is inverted: 255 is no ink.
void CmykToRgb(const uint8_t* cmyk, int width, uint8_t* rgb) {
  for (int x = 0; x < width; ++x, cmyk += 4, rgb += 3) {
    for (int c = 0; c < 3; ++c) {
      rgb[c] = static_cast<uint8_t>(cmyk[3] - MultiplyUnit(255 - cmyk[c], cmyk[3]));
    }
  }
}

bool JpegReader::ReadPixels(Bitmap* rgb, uint8_t* cmyk_row) {
  if (setjmp(error_.jump) != 0) return false;
  jpeg_start_decompress(&info_);
  const bool cmyk = info_.out_color_space == JCS_CMYK;
  while (info_.output_scanline < info_.output_height) {
    uint8_t* out = rgb->Row(static_cast<int>(info_.output_scanline));
    JSAMPROW row = cmyk ? cmyk_row : out;
    if (jpeg_read_scanlines(&info_, &row, 1) != 1) return false;
    if (cmyk) CmykToRgb(cmyk_row, rgb->width, out);
  }
  jpeg_finish_decompress(&info_);
  return true;
}

int JpegReader::Orientation() const {
  for (jpeg_saved_marker_ptr marker = info_.marker_list; marker != nullptr; marker = marker->next) {
    if (marker->marker == kExifMarker && marker->data_length >= 6 && marker->data[0] == 'E') {
      return ExifOrientation(marker->data, marker->data_length);
    }
  }
  return 1;
}

const char* JpegReader::error() const {
  switch (error_.base.msg_code) {
    case JWRN_JPEG_EOF:
    case JERR_INPUT_EOF:
    case JERR_INPUT_EMPTY:
      return "the file ends too early";
    default:
      return "the data are damaged or of an unsupported kind";
  }
}

}  // namespace

absl::StatusOr<StoredPicture> DecodeJpeg(const uint8_t* data, size_t size,
                                         const DecodeLimits& limits) {
  JpegReader reader(data, size);
  if (!reader.ReadHeader()) return UnreadablePicture("JPEG", reader.error());
  DV_RETURN_IF_ERROR(CheckPictureSize(reader.width(), reader.height(), limits));
  StoredPicture picture;
  picture.orientation = reader.Orientation();
  picture.bitmap =
      MakeBitmap(static_cast<int>(reader.width()), static_cast<int>(reader.height()), 3);
  std::vector<uint8_t> cmyk_row(static_cast<size_t>(reader.width()) * 4);
  if (!reader.ReadPixels(&picture.bitmap, cmyk_row.data())) {
    return UnreadablePicture("JPEG", reader.error());
  }
  return picture;
}

}  // namespace deepvision
