#include "server/convert/network_convert.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/convert/enum_convert.h"
#include "server/convert/field.h"
#include "server/convert/input_convert.h"
#include "server/convert/status_convert.h"

namespace deepvision {
namespace {

constexpr int kMaxLayers = 4096;
constexpr size_t kMaxPatternBytes = 1024;

v1::InputSpec ToProto(const Preprocessing& input, bool fixed_size) {
  v1::InputSpec out;
  out.set_channels(input.channels);
  out.set_height(input.height);
  out.set_width(input.width);
  out.set_value_range(input.value_range);
  out.mutable_mean()->Add(input.mean.begin(), input.mean.end());
  out.mutable_standard_deviation()->Add(input.std.begin(), input.std.end());
  out.set_bgr(input.bgr);
  out.set_guessed(input.guessed);
  out.set_fixed_size(fixed_size);
  out.mutable_display_channels()->Add(input.display_channels.begin(), input.display_channels.end());
  return out;
}

absl::Status ConvertLayers(const v1::StreamHistogramsRequest& request, HistogramQuery* query) {
  DV_RETURN_IF_ERROR(CheckLayerCount(request.layers_size(), kMaxLayers));
  for (int i = 0; i < request.layers_size(); ++i) {
    DV_RETURN_IF_ERROR(CheckText(ElementPath("layers", i), request.layers(i), kMaxPatternBytes,
                                 "set it to a layer id from StreamTopology or a glob"));
    query->layers.push_back(request.layers(i));
  }
  return absl::OkStatus();
}

absl::Status ConvertSource(v1::StreamHistogramsRequest* request, HistogramQuery* query) {
  DV_ASSIGN_OR_RETURN(query->source, FromProto("source", request->source()));
  if (query->source == HistogramSource::kActivations) {
    DV_ASSIGN_OR_RETURN(query->input, FromProto("input", std::move(*request->mutable_input())));
    return absl::OkStatus();
  }
  if (!request->has_input()) return absl::OkStatus();
  return FieldError("input", "is set; remove it or set source to HISTOGRAM_SOURCE_ACTIVATIONS");
}

}  // namespace

absl::StatusOr<HistogramQuery> FromProto(v1::StreamHistogramsRequest&& request) {
  DV_RETURN_IF_ERROR(CheckNetworkId(request.network()));
  HistogramQuery query;
  DV_RETURN_IF_ERROR(ConvertSource(&request, &query));
  DV_RETURN_IF_ERROR(ConvertLayers(request, &query));
  if (request.bins() != 0) {
    DV_RETURN_IF_ERROR(CheckRange("bins", request.bins(), 2, 1024));
    query.bins = static_cast<int>(request.bins());
  }
  query.network = request.network();
  query.per_channel = request.per_channel();
  query.wait_until_ready = request.wait_until_ready();
  return query;
}

absl::StatusOr<WeightsQuery> FromProto(v1::StreamWeightsRequest&& request) {
  DV_RETURN_IF_ERROR(CheckNetworkId(request.network()));
  DV_RETURN_IF_ERROR(CheckText("layer", request.layer(), kMaxPatternBytes,
                               "set it to a layer id from StreamTopology"));
  return WeightsQuery{request.network(), request.layer(), request.wait_until_ready()};
}

v1::Network ToProto(const NetworkInfo& info) {
  v1::Network out;
  out.set_id(info.id);
  out.set_title(info.title);
  out.set_description(info.description);
  out.set_state(ToProto(info.state));
  out.set_failure(info.failure);
  for (const std::string& warning : info.warnings) out.add_warnings(warning);
  out.set_task(ToProto(info.task));
  *out.mutable_input() = ToProto(info.input, info.fixed_input_size);
  out.set_score_activation(ToProto(info.score_activation));
  out.set_layer_count(info.layer_count);
  out.set_channel_count(info.channel_count);
  out.set_parameter_count(info.parameter_count);
  out.set_device(info.device);
  out.set_digest(info.digest);
  out.set_class_count(static_cast<uint32_t>(info.class_names.size()));
  out.set_default_numerics(ToProto(info.default_numerics));
  return out;
}

v1::Histogram ToProto(const Histogram& histogram) {
  v1::Histogram out;
  out.set_layer(histogram.layer);
  out.set_parameter(histogram.parameter);
  if (histogram.channel) out.set_channel(static_cast<uint32_t>(*histogram.channel));
  out.mutable_edges()->Add(histogram.edges.begin(), histogram.edges.end());
  for (size_t i = 1; i < histogram.edges.size(); ++i) {
    out.add_centres((histogram.edges[i - 1] + histogram.edges[i]) / 2);
  }
  out.mutable_counts()->Add(histogram.counts.begin(), histogram.counts.end());
  out.set_nan_count(histogram.nan_count);
  out.set_infinite_count(histogram.infinite_count);
  return out;
}

v1::WeightTensor ToProto(const WeightTensor& tensor) {
  v1::WeightTensor out;
  out.set_name(tensor.name);
  out.set_argument(tensor.argument);
  for (int64_t size : tensor.shape) out.add_shape(static_cast<uint32_t>(size));
  out.set_dtype(tensor.dtype);
  out.set_byte_count(tensor.bytes.size());
  return out;
}

}  // namespace deepvision
