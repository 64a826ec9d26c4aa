// Responses of ActivationService.
#include "server/convert/activation_convert.h"

#include "core/api/error.h"
#include "server/convert/enum_convert.h"
#include "server/convert/server_convert.h"
#include "server/convert/status_convert.h"

namespace deepvision {
namespace {

void SetShape(const Shape& shape, google::protobuf::RepeatedField<uint32_t>* out) {
  for (int64_t size : shape) out->Add(static_cast<uint32_t>(size));
}

v1::Quantization ToProto(const Quantization& quantization) {
  v1::Quantization out;
  out.set_range(deepvision::ToProto(quantization.range));
  out.mutable_minimum()->Add(quantization.minimum.begin(), quantization.minimum.end());
  out.mutable_maximum()->Add(quantization.maximum.begin(), quantization.maximum.end());
  out.mutable_scale()->Add(quantization.scale.begin(), quantization.scale.end());
  out.mutable_zero_code()->Add(quantization.zero_code.begin(), quantization.zero_code.end());
  return out;
}

v1::ChannelStatistics ToProto(const ChannelStatistics& statistics) {
  v1::ChannelStatistics out;
  out.set_minimum(statistics.minimum);
  out.set_maximum(statistics.maximum);
  out.set_mean(statistics.mean);
  out.set_standard_deviation(statistics.standard_deviation);
  out.set_positive_fraction(statistics.positive_fraction);
  return out;
}

v1::ClassScore ToProto(const ClassScore& score) {
  v1::ClassScore out;
  out.set_index(score.index);
  out.set_name(score.name);
  if (score.logit) out.set_logit(*score.logit);
  out.set_probability(score.probability);
  return out;
}

v1::ResolvedLayer ToProto(const ResolvedLayer& layer) {
  v1::ResolvedLayer out;
  out.set_id(layer.id);
  if (layer.byte_count) out.set_byte_count(*layer.byte_count);
  return out;
}

v1::LiveFrameError ToFrameError(const absl::Status& status) {
  const grpc::Status told = ToGrpcStatus(status, "");
  v1::LiveFrameError out;
  out.set_code(static_cast<uint32_t>(told.error_code()));
  out.set_reason(GetErrorDetails(status).reason);
  out.set_message(told.error_message());
  return out;
}

// What describes the bytes.
void SetData(const EncodedLayer& data, v1::ActivationLayer* out) {
  out->set_kind(deepvision::ToProto(data.kind));
  SetShape(data.shape, out->mutable_shape());
  SetShape(data.full_shape, out->mutable_full_shape());
  out->set_encoding(deepvision::ToProto(data.encoding));
  if (data.quantization) *out->mutable_quantization() = ToProto(*data.quantization);
  for (const ChannelStatistics& channel : data.statistics) {
    *out->add_statistics() = ToProto(channel);
  }
  if (data.sheet) *out->mutable_sheet() = ToProto(*data.sheet);
  out->mutable_part_bytes()->Add(data.part_bytes.begin(), data.part_bytes.end());
  out->set_byte_count(data.bytes.size());
  out->set_nan_count(data.nan_count);
  out->set_infinite_count(data.infinite_count);
  out->mutable_channels()->Add(data.channels.begin(), data.channels.end());
}

}  // namespace

v1::TokenGrid ToProto(const TokenGrid& grid) {
  v1::TokenGrid out;
  out.set_rows(grid.rows);
  out.set_columns(grid.columns);
  out.set_prefix(grid.prefix);
  return out;
}

v1::ActivationHeader ToProto(const ActivationHeader& header) {
  v1::ActivationHeader out;
  out.set_network(header.network);
  out.set_network_digest(header.network_digest);
  out.set_input_digest(header.input_digest);
  *out.mutable_produced_by() = ToProto(header.produced_by);
  for (const ResolvedLayer& layer : header.layers) *out.add_layers() = ToProto(layer);
  return out;
}

v1::ActivationLayer ToProto(const LayerActivation& layer) {
  v1::ActivationLayer out;
  out.set_id(layer.id);
  if (layer.node_index) out.set_node_index(static_cast<uint32_t>(*layer.node_index));
  if (layer.token_grid) *out.mutable_token_grid() = ToProto(*layer.token_grid);
  SetData(layer.data, &out);
  return out;
}

v1::Prediction ToProto(const Prediction& prediction) {
  v1::Prediction out;
  for (const ClassScore& score : prediction.classes) *out.add_classes() = ToProto(score);
  return out;
}

v1::ClassifyResponse ToProto(const Classification& classification) {
  v1::ClassifyResponse out;
  *out.mutable_prediction() = ToProto(classification.prediction);
  out.set_network_digest(classification.network_digest);
  out.set_input_digest(classification.input_digest);
  *out.mutable_produced_by() = ToProto(classification.produced_by);
  *out.mutable_compute_time() = ToProto(classification.compute_time);
  return out;
}

v1::LiveHeader ToProto(const LiveHeader& header) {
  v1::LiveHeader out;
  out.set_configuration(header.configuration);
  out.set_network(header.network);
  out.set_network_digest(header.network_digest);
  *out.mutable_produced_by() = ToProto(header.produced_by);
  for (const ResolvedLayer& layer : header.layers) *out.add_layers() = ToProto(layer);
  return out;
}

v1::LiveFrameBegin ToProto(const LiveFrameBegin& frame) {
  v1::LiveFrameBegin out;
  out.set_frame_id(frame.id);
  out.set_client_timestamp(frame.client_timestamp);
  out.set_configuration(frame.configuration);
  return out;
}

v1::LiveFrameEnd ToProto(const LiveFrameEnd& frame) {
  v1::LiveFrameEnd out;
  out.set_frame_id(frame.id);
  out.set_client_timestamp(frame.client_timestamp);
  if (!frame.status.ok()) *out.mutable_error() = ToFrameError(frame.status);
  out.set_dropped_frames(frame.dropped_frames);
  *out.mutable_waiting_time() = ToProto(frame.waiting_time);
  *out.mutable_compute_time() = ToProto(frame.compute_time);
  *out.mutable_total_time() = ToProto(frame.total_time);
  return out;
}

v1::SheetGeometry ToProto(const SheetGeometry& sheet) {
  v1::SheetGeometry out;
  out.set_sheet_count(sheet.sheet_count);
  out.set_sheet_width(sheet.sheet_width);
  out.set_sheet_height(sheet.sheet_height);
  out.set_columns(sheet.columns);
  out.set_rows(sheet.rows);
  out.set_tile_width(sheet.tile_width);
  out.set_tile_height(sheet.tile_height);
  out.set_gutter(sheet.gutter);
  return out;
}

size_t ElementBytes(ActivationEncoding encoding) {
  switch (encoding) {
    case ActivationEncoding::kFloat32:
      return 4;
    case ActivationEncoding::kFloat16:
      return 2;
    case ActivationEncoding::kUint8:
    case ActivationEncoding::kPng:
      return 1;
  }
  return 1;
}

}  // namespace deepvision
