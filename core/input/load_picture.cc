#include "core/input/load_picture.h"

#include <cstring>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"
#include "core/image/decode.h"

namespace deepvision {
namespace {

int BytesPerPixel(PixelFormat format) {
  switch (format) {
    case PixelFormat::kGray8:
      return 1;
    case PixelFormat::kRgba8:
      return 4;
    case PixelFormat::kRgb8:
      break;
  }
  return 3;
}

absl::Status CheckPixels(const Pixels& pixels, const InputLimits& limits) {
  if (pixels.width < 1 || pixels.height < 1 || pixels.width > limits.max_side ||
      pixels.height > limits.max_side) {
    return absl::InvalidArgumentError(absl::StrCat("width and height must be 1 to ",
                                                   limits.max_side, ", not ", pixels.width, " and ",
                                                   pixels.height));
  }
  const int64_t count = int64_t{pixels.width} * pixels.height;
  if (count > limits.max_pixels) {
    return absl::ResourceExhaustedError(
        absl::StrCat(count, " pixels; at most ", limits.max_pixels, " are accepted"));
  }
  const auto expected = static_cast<uint64_t>(count * BytesPerPixel(pixels.format));
  if (pixels.bytes.size() == expected) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("data must have width * height * bytes per pixel = ", expected, " bytes, not ",
                   pixels.bytes.size()));
}

// Copies a row and leaves out the alpha of RGBA.
void CopyRow(const uint8_t* from, int width, int stored_channels, uint8_t* to) {
  if (stored_channels != 4) {
    std::memcpy(to, from, static_cast<size_t>(width) * static_cast<size_t>(stored_channels));
    return;
  }
  for (int x = 0; x < width; ++x, from += 4, to += 3) std::memcpy(to, from, 3);
}

DecodeLimits LimitsOfDecoder(const InputLimits& limits) { return {limits.max_pixels}; }

}  // namespace

absl::Status NoInput() {
  return absl::InvalidArgumentError(
      "input: set one of dataset_image, noise, encoded_image, pixels, tensor, zeros, black");
}

absl::Status InputExpired(const std::string& digest) {
  return WithReason(absl::NotFoundError("input.input_digest: the server does not know this input "
                                        "(any more); send the input itself again"),
                    "INPUT_EXPIRED", {{"input_digest", digest}});
}

absl::Status NoSuchVisualization(const VisualizationRef& ref) {
  return WithReason(
      absl::NotFoundError(absl::StrCat("input.visualization: the server has no finished image ",
                                       ref.image, " of unit ", ref.unit,
                                       " of this visualization; start it again with its spec")),
      "VISUALIZATION_NOT_FOUND", {{"visualization", ref.id}});
}

absl::Status InField(absl::string_view field, const absl::Status& status) {
  absl::Status named(status.code(), absl::StrCat(field, ": ", status.message()));
  status.ForEachPayload(
      [&](absl::string_view type, const absl::Cord& payload) { named.SetPayload(type, payload); });
  return named;
}

absl::StatusOr<Bitmap> LoadPicture(const DatasetImageRef& ref, const DatasetRegistry& datasets,
                                   const InputLimits& limits) {
  constexpr char kField[] = "input.dataset_image";
  const auto dataset = datasets.Find(ref.dataset);
  if (!dataset.ok()) return InField(kField, dataset.status());
  const auto bytes = (*dataset)->ReadImage(ref.index, limits.max_encoded_bytes);
  if (!bytes.ok()) return InField(kField, bytes.status());
  auto bitmap = DecodeImage(bytes->data(), bytes->size(), LimitsOfDecoder(limits));
  if (absl::IsInvalidArgument(bitmap.status())) {  // not the caller's fault
    return absl::FailedPreconditionError(absl::StrCat(kField, ": picture ", ref.index,
                                                      " of dataset \"", ref.dataset,
                                                      "\": ", bitmap.status().message()));
  }
  return bitmap;
}

absl::StatusOr<Bitmap> LoadPicture(const EncodedImage& image, const InputLimits& limits) {
  constexpr char kField[] = "input.encoded_image";
  if (image.bytes.size() > limits.max_encoded_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(kField, ": ", image.bytes.size(),
                                                     " bytes; at most ", limits.max_encoded_bytes,
                                                     " are accepted: send a smaller picture"));
  }
  auto bitmap = DecodeImage(image.bytes.data(), image.bytes.size(), LimitsOfDecoder(limits));
  if (!bitmap.ok()) return InField(kField, bitmap.status());
  return bitmap;
}

absl::StatusOr<Bitmap> LoadPicture(const Pixels& pixels, const InputLimits& limits) {
  const absl::Status status = CheckPixels(pixels, limits);
  if (!status.ok()) return InField("input.pixels", status);
  const int stored_channels = BytesPerPixel(pixels.format);
  const size_t row_bytes = static_cast<size_t>(pixels.width) * static_cast<size_t>(stored_channels);
  Bitmap bitmap = MakeBitmap(pixels.width, pixels.height, stored_channels == 1 ? 1 : 3);
  for (int y = 0; y < pixels.height; ++y) {
    const int row = pixels.row_order == RowOrder::kBottomUp ? pixels.height - 1 - y : y;
    CopyRow(pixels.bytes.data() + static_cast<size_t>(row) * row_bytes, pixels.width,
            stored_channels, bitmap.Row(y));
  }
  return bitmap;
}

}  // namespace deepvision
