#include "core/image/decode.h"

#include <array>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"
#include "core/image/codec.h"
#include "core/image/transform.h"

namespace deepvision {
namespace {

constexpr char kWhatToSend[] = "send PNG, JPEG or WebP";

struct Signature {
  size_t offset;
  absl::string_view bytes;
  absl::string_view name;
};

constexpr absl::string_view kPng("\x89PNG\r\n\x1A\n", 8);
constexpr absl::string_view kJpeg("\xFF\xD8\xFF", 3);

// Files that people send by mistake.
constexpr std::array<Signature, 16> kOtherFormats = {{
    {0, {"GIF8", 4}, "GIF"},
    {0, {"BM", 2}, "BMP"},
    {0, {"II*\0", 4}, "TIFF"},
    {0, {"MM\0*", 4}, "TIFF"},
    {4, {"ftypavif", 8}, "AVIF"},
    {4, {"ftypheic", 8}, "HEIC"},
    {4, {"ftypmif1", 8}, "HEIF"},
    {4, {"ftyp", 4}, "a video"},
    {0, {"\xFF\x0A", 2}, "JPEG XL"},
    {0, {"\0\0\0\x0CJXL ", 8}, "JPEG XL"},
    {0, {"\0\0\0\x0CjP  ", 8}, "JPEG 2000"},
    {0, {"\x93NUMPY", 6}, "a NumPy file"},
    {0, {"PK\x03\x04", 4}, "a ZIP or model file"},
    {0, {"%PDF", 4}, "PDF"},
    {0, {"P6", 2}, "PPM"},
    {0, {"<", 1}, "SVG or HTML"},
}};

bool HasBytes(absl::string_view file, size_t offset, absl::string_view bytes) {
  return file.size() >= offset + bytes.size() && file.substr(offset, bytes.size()) == bytes;
}

bool IsWebp(absl::string_view file) {
  return HasBytes(file, 0, "RIFF") && HasBytes(file, 8, "WEBP");
}

absl::Status UnknownFormat(absl::string_view file) {
  if (file.empty()) {
    return WithReason(
        absl::InvalidArgumentError(absl::StrCat("the picture has no bytes; ", kWhatToSend)),
        "IMAGE_UNREADABLE");
  }
  for (const Signature& format : kOtherFormats) {
    if (!HasBytes(file, format.offset, format.bytes)) continue;
    return WithReason(absl::InvalidArgumentError(
                          absl::StrCat("the picture looks like ", format.name, "; ", kWhatToSend)),
                      "IMAGE_UNREADABLE", {{"format", std::string(format.name)}});
  }
  return WithReason(absl::InvalidArgumentError(
                        absl::StrCat("the picture is of an unknown format; ", kWhatToSend)),
                    "IMAGE_UNREADABLE");
}

absl::StatusOr<StoredPicture> DecodeStored(absl::string_view file, const DecodeLimits& limits) {
  const auto* data = reinterpret_cast<const uint8_t*>(file.data());
  if (HasBytes(file, 0, kPng)) return DecodePng(data, file.size(), limits);
  if (HasBytes(file, 0, kJpeg)) return DecodeJpeg(data, file.size(), limits);
  if (IsWebp(file)) return DecodeWebp(data, file.size(), limits);
  return UnknownFormat(file);
}

}  // namespace

absl::Status CheckPictureSize(int64_t width, int64_t height, const DecodeLimits& limits) {
  if (width < 1 || height < 1) return UnreadablePicture("file", "a side of it has no pixels");
  if (height <= limits.max_pixels / width) return absl::OkStatus();
  return WithReason(absl::ResourceExhaustedError(
                        absl::StrCat("the picture has ", width, " x ", height, " pixels; at most ",
                                     limits.max_pixels, " are accepted: send a smaller one")),
                    "IMAGE_TOO_LARGE",
                    {{"width", absl::StrCat(width)},
                     {"height", absl::StrCat(height)},
                     {"max_pixels", absl::StrCat(limits.max_pixels)}});
}

absl::Status UnreadablePicture(absl::string_view format, absl::string_view detail) {
  return WithReason(absl::InvalidArgumentError(absl::StrCat(
                        "the picture cannot be read: looks like ", format, ", but ", detail)),
                    "IMAGE_UNREADABLE", {{"format", std::string(format)}});
}

absl::StatusOr<Bitmap> DecodeImage(const void* data, size_t size, const DecodeLimits& limits,
                                   ColorMode mode) {
  const absl::string_view file(static_cast<const char*>(data), size);
  DV_ASSIGN_OR_RETURN(StoredPicture stored, DecodeStored(file, limits));
  DV_ASSIGN_OR_RETURN(Bitmap upright,
                      ApplyOrientation(std::move(stored.bitmap), stored.orientation));
  return mode == ColorMode::kGray ? ToGray(std::move(upright)) : std::move(upright);
}

}  // namespace deepvision
