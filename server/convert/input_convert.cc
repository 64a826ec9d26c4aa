#include "server/convert/input_convert.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
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

bool IsLowerHexadecimal(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); });
}

absl::StatusOr<Input> ConvertDigest(absl::string_view field, const std::string& digest) {
  if (digest.size() == 64 && IsLowerHexadecimal(digest)) return InputByDigest{digest};
  return FieldError(field, "must be the 64 hexadecimal digits that a header or UploadInput gave");
}

absl::StatusOr<Input> ConvertVisualization(absl::string_view field,
                                           const v1::VisualizationRef& ref) {
  DV_RETURN_IF_ERROR(CheckVisualizationId(FieldPath(field, "id"), ref.id()));
  DV_RETURN_IF_ERROR(CheckRange(FieldPath(field, "unit"), ref.unit(), 0, INT32_MAX));
  DV_RETURN_IF_ERROR(CheckRange(FieldPath(field, "image"), ref.image(), 0, INT32_MAX));
  return VisualizationRef{ref.id(), static_cast<int>(ref.unit()), static_cast<int>(ref.image())};
}

// Writes one member of the variant into the message.
struct InputWriter {
  v1::Input& out;

  void operator()(std::monostate) const {}
  void operator()(const DatasetImageRef& ref) const {
    out.mutable_dataset_image()->set_dataset(ref.dataset);
    out.mutable_dataset_image()->set_index(ref.index);
  }
  void operator()(const NoiseRef& ref) const {
    out.mutable_noise()->set_generator(ref.generator);
    out.mutable_noise()->set_seed(ref.seed);
  }
  void operator()(const EncodedImage&) const { out.set_encoded_image(""); }
  void operator()(const Pixels& pixels) const {
    out.mutable_pixels()->set_format(ToProto(pixels.format));
    out.mutable_pixels()->set_width(static_cast<uint32_t>(pixels.width));
    out.mutable_pixels()->set_height(static_cast<uint32_t>(pixels.height));
    out.mutable_pixels()->set_row_order(ToProto(pixels.row_order));
  }
  void operator()(const InputTensor& tensor) const {
    for (const int64_t size : tensor.shape) {
      out.mutable_tensor()->add_shape(static_cast<uint32_t>(size));
    }
    out.mutable_tensor()->set_space(ToProto(tensor.space));
  }
  void operator()(ZerosInput) const { out.set_zeros(true); }
  void operator()(BlackInput) const { out.set_black(true); }
  void operator()(const InputByDigest& named) const { out.set_input_digest(named.digest); }
  void operator()(const VisualizationRef& ref) const {
    out.mutable_visualization()->set_id(ref.id);
    out.mutable_visualization()->set_unit(static_cast<uint32_t>(ref.unit));
    out.mutable_visualization()->set_image(static_cast<uint32_t>(ref.image));
  }
};

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
    case v1::Input::kVisualization:
      return ConvertVisualization(FieldPath(field, "visualization"), input.visualization());
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

v1::Input ToProto(const Input& input) {
  v1::Input out;
  std::visit(InputWriter{out}, input);
  return out;
}

absl::Status CheckVisualizationId(absl::string_view field, absl::string_view id) {
  const std::vector<absl::string_view> parts = absl::StrSplit(id, '/');
  if (parts.size() == 4 && parts[0] == "networks" && !parts[1].empty() && parts[1].size() <= 64 &&
      parts[2] == "visualizations" && parts[3].size() == 64 && IsLowerHexadecimal(parts[3])) {
    return absl::OkStatus();
  }
  return FieldError(field,
                    "is no id of a visualization; set it to the id that StartVisualization gave, "
                    "\"networks/NETWORK/visualizations/DIGEST\"");
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
