#include "server/convert/input_convert.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/convert/enum_convert.h"
#include "server/convert/field.h"
#include "server/convert/status_convert.h"

namespace deepvision {
namespace {

constexpr uint32_t kMaxSide = 16384;

HostBuffer TakeBytes(std::string* bytes) { return HostBuffer(std::move(*bytes)); }

uint64_t BytesPerPixel(PixelFormat format) {
  switch (format) {
    case PixelFormat::kRgb8:
      return 3;
    case PixelFormat::kRgba8:
      return 4;
    case PixelFormat::kGray8:
      return 1;
  }
  return 0;
}

absl::StatusOr<Input> ConvertDatasetImage(absl::string_view field,
                                          const v1::DatasetImageRef& image) {
  DV_RETURN_IF_ERROR(CheckText(FieldPath(field, "dataset"), image.dataset(), 64,
                               "set it to an id from ListDatasets"));
  return DatasetImageRef{image.dataset(), image.index()};
}

absl::StatusOr<Input> ConvertNoise(absl::string_view field, const v1::NoiseRef& noise) {
  if (!noise.generator().empty()) {
    DV_RETURN_IF_ERROR(CheckText(FieldPath(field, "generator"), noise.generator(), 64,
                                 "set it to an id from ListNoiseGenerators"));
  }
  return NoiseRef{noise.generator(), noise.seed()};
}

absl::StatusOr<Input> ConvertEncodedImage(absl::string_view field, std::string* bytes) {
  if (bytes->empty()) {
    return FieldError(field, "is empty; send the bytes of a PNG, JPEG or WebP picture");
  }
  if (bytes->size() > kMaxEncodedImageBytes) {
    return FieldError(field, absl::StrCat("is ", bytes->size(), " bytes long, more than the ",
                                          kMaxEncodedImageBytes,
                                          " allowed; reduce the picture before sending it"));
  }
  return EncodedImage{TakeBytes(bytes)};
}

// `byte_count` bytes are in `data`, or follow later.
absl::StatusOr<Input> ConvertPixels(absl::string_view field, v1::Pixels* pixels,
                                    uint64_t byte_count) {
  Pixels out;
  DV_ASSIGN_OR_RETURN(out.format, FromProto(FieldPath(field, "format"), pixels->format()));
  DV_RETURN_IF_ERROR(CheckRange(FieldPath(field, "width"), pixels->width(), 1, kMaxSide));
  DV_RETURN_IF_ERROR(CheckRange(FieldPath(field, "height"), pixels->height(), 1, kMaxSide));
  DV_ASSIGN_OR_RETURN(out.row_order, FromProto(FieldPath(field, "row_order"), pixels->row_order()));
  const uint64_t expected =
      uint64_t{pixels->width()} * pixels->height() * BytesPerPixel(out.format);
  if (byte_count != expected) {
    return FieldError(
        FieldPath(field, "data"),
        absl::StrCat("is ", byte_count, " bytes long; ", pixels->width(), " x ", pixels->height(),
                     " pixels of ", BytesPerPixel(out.format), " bytes need ", expected));
  }
  out.width = static_cast<int>(pixels->width());
  out.height = static_cast<int>(pixels->height());
  out.bytes = TakeBytes(pixels->mutable_data());
  return out;
}

// 4 * product of the sizes, which are 1..2^20 each: at most 2^62.
absl::StatusOr<uint64_t> TensorBytes(absl::string_view field, const v1::InputTensor& tensor) {
  const std::string path = FieldPath(field, "shape");
  if (tensor.shape_size() != 3) {
    return FieldError(path, absl::StrCat("has ", tensor.shape_size(),
                                         " sizes; it must have three: channels, height, width"));
  }
  uint64_t bytes = 4;
  for (int i = 0; i < 3; ++i) {
    DV_RETURN_IF_ERROR(CheckRange(ElementPath(path, i), tensor.shape(i), 1, 1U << 20));
    bytes *= tensor.shape(i);
  }
  return bytes;
}

absl::StatusOr<Input> ConvertTensor(absl::string_view field, v1::InputTensor* tensor,
                                    uint64_t byte_count) {
  InputTensor out;
  DV_ASSIGN_OR_RETURN(const uint64_t expected, TensorBytes(field, *tensor));
  DV_ASSIGN_OR_RETURN(out.space, FromProto(FieldPath(field, "space"), tensor->space()));
  if (byte_count != expected) {
    return FieldError(FieldPath(field, "data"),
                      absl::StrCat("is ", byte_count, " bytes long; the shape needs ", expected,
                                   " (4 per element)"));
  }
  out.shape.assign(tensor->shape().begin(), tensor->shape().end());
  out.bytes = TakeBytes(tensor->mutable_data());
  return out;
}

absl::StatusOr<Input> ConvertDigest(absl::string_view field, const std::string& digest) {
  const bool good = digest.size() == 64 && std::all_of(digest.begin(), digest.end(), [](char c) {
                      return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
                    });
  if (good) return InputByDigest{digest};
  return FieldError(field, "must be the 64 hexadecimal digits that a header or UploadInput gave");
}

absl::Status CheckNoBytes(absl::string_view field, const std::string& bytes) {
  if (bytes.empty()) return absl::OkStatus();
  return FieldError(field,
                    "must be empty here; the bytes follow in the field data of the messages");
}

}  // namespace

absl::StatusOr<Input> FromProto(absl::string_view field, v1::Input&& input) {
  switch (input.source_case()) {
    case v1::Input::kDatasetImage:
      return ConvertDatasetImage(FieldPath(field, "dataset_image"), input.dataset_image());
    case v1::Input::kNoise:
      return ConvertNoise(FieldPath(field, "noise"), input.noise());
    case v1::Input::kEncodedImage:
      return ConvertEncodedImage(FieldPath(field, "encoded_image"), input.mutable_encoded_image());
    case v1::Input::kPixels:
      return ConvertPixels(FieldPath(field, "pixels"), input.mutable_pixels(),
                           input.pixels().data().size());
    case v1::Input::kTensor:
      return ConvertTensor(FieldPath(field, "tensor"), input.mutable_tensor(),
                           input.tensor().data().size());
    case v1::Input::kZeros:
      return ZerosInput{};
    case v1::Input::kBlack:
      return BlackInput{};
    case v1::Input::kInputDigest:
      return ConvertDigest(FieldPath(field, "input_digest"), input.input_digest());
    case v1::Input::SOURCE_NOT_SET:
      break;
  }
  return FieldError(field,
                    "is not set; set one of its members, for example encoded_image, "
                    "dataset_image or noise");
}

absl::StatusOr<Input> FromProtoWithoutBytes(absl::string_view field, v1::Input&& input,
                                            uint64_t byte_count) {
  switch (input.source_case()) {
    case v1::Input::kEncodedImage:
      DV_RETURN_IF_ERROR(CheckNoBytes(FieldPath(field, "encoded_image"), input.encoded_image()));
      return EncodedImage{};
    case v1::Input::kPixels:
      DV_RETURN_IF_ERROR(CheckNoBytes(FieldPath(field, "pixels.data"), input.pixels().data()));
      return ConvertPixels(FieldPath(field, "pixels"), input.mutable_pixels(), byte_count);
    case v1::Input::kTensor:
      DV_RETURN_IF_ERROR(CheckNoBytes(FieldPath(field, "tensor.data"), input.tensor().data()));
      return ConvertTensor(FieldPath(field, "tensor"), input.mutable_tensor(), byte_count);
    default:
      return FieldError(field,
                        "has no bytes to upload; set encoded_image, pixels or tensor, or send it "
                        "in the request itself");
  }
}

void SetBytes(Input& input, std::string bytes) {
  HostBuffer buffer(std::move(bytes));
  std::visit(
      [&](auto& member) {
        if constexpr (requires { member.bytes; }) member.bytes = std::move(buffer);
      },
      input);
}

}  // namespace deepvision
