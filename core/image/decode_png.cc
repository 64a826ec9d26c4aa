#include <png.h>

#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/base/status_macros.h"
#include "core/image/codec.h"
#include "core/image/exif.h"

namespace deepvision {
namespace {

// For libpng's own state, and for the state of inflate.
constexpr size_t kSpareBytes = size_t{1} << 16;
// Of a pixel: four channels of 16 bits.
constexpr size_t kMaxPixelBytes = 8;

// libpng with errors that jump back into the method that is running. Methods
// hold no object with a destructor, because longjmp would skip it.
class PngReader {
 public:
  PngReader(const uint8_t* data, size_t size)
      : next_(data), left_(size), largest_block_(size + kSpareBytes) {
    png_ = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, this, OnError, OnWarning, this, Allocate,
                                    Free);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  bool ReadHeader();
  // `rgb` has room for the picture.
  bool ReadPixels(Bitmap* rgb);

  uint32_t width() const { return png_get_image_width(png_, info_); }
  uint32_t height() const { return png_get_image_height(png_, info_); }
  const char* error() const { return error_.data(); }
  int Orientation() const;

 private:
  static void OnError(png_structp png, png_const_charp message) {
    auto* reader = static_cast<PngReader*>(png_get_error_ptr(png));
    std::snprintf(reader->error_.data(), reader->error_.size(), "%s", message);
    std::longjmp(reader->jump_, 1);
  }
  static void OnWarning(png_structp, png_const_charp) {}
  static void Read(png_structp png, png_bytep out, size_t size) {
    auto* reader = static_cast<PngReader*>(png_get_io_ptr(png));
    if (size > reader->left_) png_error(png, "the file ends too early");
    std::memcpy(out, reader->next_, size);
    reader->next_ += size;
    reader->left_ -= size;
  }

  // A chunk may claim any length, and libpng takes memory before it reads: none
  // is larger than the file, and no row than what ReadPixels allows.
  static png_voidp Allocate(png_structp png, png_alloc_size_t size) {
    const auto* reader = static_cast<const PngReader*>(png_get_mem_ptr(png));
    return size <= reader->largest_block_ ? std::malloc(size) : nullptr;
  }
  static void Free(png_structp, png_voidp block) { std::free(block); }

  void AskForRgb8();

  const uint8_t* next_;
  size_t left_;
  size_t largest_block_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::array<char, 96> error_ = {};
  std::jmp_buf jump_;
};

bool PngReader::ReadHeader() {
  if (info_ == nullptr) return false;
  if (setjmp(jump_) != 0) return false;
  // Texts and profiles may expand to megabytes, and nobody reads them.
  constexpr png_byte kUnread[] = "iCCP\0iTXt\0sPLT\0tEXt\0zTXt";
  png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, kUnread, 5);
  png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // the caller checks
  png_set_read_fn(png_, this, Read);
  png_read_info(png_, info_);
  return true;
}

void PngReader::AskForRgb8() {
  png_set_strip_16(png_);  // value >> 8
  png_set_palette_to_rgb(png_);
  png_set_gray_to_rgb(png_);
  png_set_strip_alpha(png_);
}

bool PngReader::ReadPixels(Bitmap* rgb) {
  if (setjmp(jump_) != 0) return false;
  largest_block_ += static_cast<size_t>(rgb->width) * kMaxPixelBytes;
  AskForRgb8();
  const int passes = png_set_interlace_handling(png_);
  png_read_update_info(png_, info_);
  if (png_get_rowbytes(png_, info_) != rgb->View().RowBytes()) {
    png_error(png_, "unknown combination of colour type and depth");
  }
  for (int pass = 0; pass < passes; ++pass) {
    for (int y = 0; y < rgb->height; ++y) png_read_row(png_, rgb->Row(y), nullptr);
  }
  png_read_end(png_, info_);
  return true;
}

int PngReader::Orientation() const {
  png_uint_32 size = 0;
  png_bytep data = nullptr;
  if (png_get_eXIf_1(png_, info_, &size, &data) == 0) return 1;
  return ExifOrientation(data, size);
}

}  // namespace

absl::StatusOr<StoredPicture> DecodePng(const uint8_t* data, size_t size,
                                        const DecodeLimits& limits) {
  PngReader reader(data, size);
  if (!reader.ReadHeader()) return UnreadablePicture("PNG", reader.error());
  DV_RETURN_IF_ERROR(CheckPictureSize(reader.width(), reader.height(), limits));
  StoredPicture picture;
  picture.bitmap =
      MakeBitmap(static_cast<int>(reader.width()), static_cast<int>(reader.height()), 3);
  if (!reader.ReadPixels(&picture.bitmap)) return UnreadablePicture("PNG", reader.error());
  picture.orientation = reader.Orientation();
  return picture;
}

}  // namespace deepvision
