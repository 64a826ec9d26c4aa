#include "server/convert/dataset_convert.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/convert/enum_convert.h"
#include "server/convert/field.h"
#include "server/convert/input_convert.h"
#include "server/convert/status_convert.h"

namespace deepvision {
namespace {

constexpr uint32_t kMaxSide = 16384;
constexpr int kMaxPictures = 10000;
constexpr size_t kMaxNameBytes = 1024;

absl::StatusOr<ImageFormat> ConvertFormat(v1::ImageEncoding encoding, v1::RowOrder row_order,
                                          uint32_t max_side) {
  ImageFormat format;
  DV_ASSIGN_OR_RETURN(format.encoding, FromProto("encoding", encoding));
  DV_ASSIGN_OR_RETURN(format.row_order, FromProto("row_order", row_order));
  DV_RETURN_IF_ERROR(CheckRange("max_side", max_side, 0, kMaxSide));
  format.max_side = static_cast<int>(max_side);
  return format;
}

absl::Status CheckRows(const ImageFormat& format) {
  const bool file =
      format.encoding == ImageEncoding::kPng || format.encoding == ImageEncoding::kJpeg;
  if (!file || format.row_order == RowOrder::kTopDown) return absl::OkStatus();
  return FieldError("row_order",
                    "is BOTTOM_UP, but the rows of PNG and JPEG are always top down; use TOP_DOWN, "
                    "or encoding RGB8 or RGBA8");
}

absl::StatusOr<ImageSelection> ConvertIndices(const v1::ImageIndices& indices) {
  if (indices.indices_size() == 0 || indices.indices_size() > kMaxPictures) {
    return FieldError(
        "indices.indices",
        absl::StrCat("has ", indices.indices_size(), " entries; it must have 1 to ", kMaxPictures));
  }
  return std::vector<uint64_t>(indices.indices().begin(), indices.indices().end());
}

absl::StatusOr<ImageSelection> ConvertSelection(const v1::StreamImagesRequest& request) {
  switch (request.selection_case()) {
    case v1::StreamImagesRequest::kRange:
      return ImageRange{request.range().first(), request.range().count()};
    case v1::StreamImagesRequest::kIndices:
      return ConvertIndices(request.indices());
    case v1::StreamImagesRequest::kClassName:
      DV_RETURN_IF_ERROR(CheckText("class_name", request.class_name(), kMaxNameBytes,
                                   "set it to one of Dataset.class_names"));
      return ImageClass{request.class_name()};
    case v1::StreamImagesRequest::kSample:
      DV_RETURN_IF_ERROR(CheckRange("sample.count", request.sample().count(), 1, kMaxPictures));
      return ImageSample{request.sample().count(), request.sample().seed()};
    case v1::StreamImagesRequest::SELECTION_NOT_SET:
      break;
  }
  return ImageSelection();
}

// Some inputs mean something only to a network.
absl::Status CheckNeedsNetwork(const v1::StreamInputRequest& request, InputForm form) {
  if (!request.network().empty()) return CheckNetworkId(request.network());
  const auto source = request.input().source_case();
  const bool needed = form == InputForm::kTensor || source == v1::Input::kZeros ||
                      source == v1::Input::kBlack || source == v1::Input::kTensor;
  if (!needed) return absl::OkStatus();
  return FieldError("network",
                    "is empty; form TENSOR and the inputs zeros, black and tensor need the id of "
                    "a network from ListNetworks");
}

}  // namespace

absl::StatusOr<ImagesQuery> FromProto(v1::StreamImagesRequest&& request) {
  DV_RETURN_IF_ERROR(
      CheckText("dataset", request.dataset(), 64, "set it to an id from ListDatasets"));
  ImagesQuery query;
  query.dataset = request.dataset();
  DV_ASSIGN_OR_RETURN(query.selection, ConvertSelection(request));
  DV_ASSIGN_OR_RETURN(query.format,
                      ConvertFormat(request.encoding(), request.row_order(), request.max_side()));
  DV_RETURN_IF_ERROR(CheckRows(query.format));
  return query;
}

absl::StatusOr<InputQuery> FromProto(v1::StreamInputRequest&& request) {
  InputQuery query;
  DV_ASSIGN_OR_RETURN(query.form, FromProto("form", request.form()));
  DV_ASSIGN_OR_RETURN(query.format, ConvertFormat(request.encoding(), request.row_order(), 0));
  if (query.form == InputForm::kPicture) DV_RETURN_IF_ERROR(CheckRows(query.format));
  DV_RETURN_IF_ERROR(CheckNeedsNetwork(request, query.form));
  DV_ASSIGN_OR_RETURN(query.input, FromProto("input", std::move(*request.mutable_input())));
  query.network = request.network();
  query.wait_until_ready = request.wait_until_ready();
  return query;
}

v1::Dataset ToProto(const DatasetInfo& info) {
  v1::Dataset out;
  out.set_id(info.id);
  out.set_title(info.title);
  out.set_description(info.description);
  out.set_image_count(info.image_count);
  for (const std::string& name : info.class_names) out.add_class_names(name);
  return out;
}

v1::NoiseGenerator ToProto(const NoiseGeneratorInfo& info) {
  v1::NoiseGenerator out;
  out.set_id(info.id);
  out.set_title(info.title);
  out.set_description(info.description);
  out.set_height(info.height);
  out.set_width(info.width);
  return out;
}

v1::Image ToProto(const EncodedPicture& picture) {
  v1::Image out;
  if (picture.index) out.set_index(*picture.index);
  out.set_width(picture.width);
  out.set_height(picture.height);
  out.set_encoding(ToProto(picture.format.encoding));
  out.set_row_order(ToProto(picture.format.row_order));
  if (picture.label) out.set_label(*picture.label);
  out.set_class_name(picture.class_name);
  out.set_byte_count(picture.bytes.size());
  out.set_full_width(picture.full_width);
  out.set_full_height(picture.full_height);
  return out;
}

v1::TensorMeta TensorMetaOf(const ResolvedInput& input) {
  v1::TensorMeta out;
  for (int64_t size : input.tensor_shape) out.add_shape(static_cast<uint32_t>(size));
  out.set_byte_count(input.tensor.size());
  out.set_input_digest(input.input_digest);
  return out;
}

}  // namespace deepvision
