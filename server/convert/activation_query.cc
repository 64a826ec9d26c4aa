// Requests of ActivationService, checked.
#include <cmath>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/convert/activation_convert.h"
#include "server/convert/enum_convert.h"
#include "server/convert/field.h"
#include "server/convert/input_convert.h"
#include "server/convert/status_convert.h"

namespace deepvision {
namespace {

constexpr int kMaxSelections = 4096;
constexpr int kMaxChannels = 65536;
constexpr size_t kMaxPatternBytes = 1024;
constexpr uint32_t kMaxSide = 16384;

absl::Status CheckFixedRange(absl::string_view path, const v1::LayerSelection& selection,
                             ValueRange range) {
  const std::string field = FieldPath(path, "fixed_range");
  const bool needed = range == ValueRange::kFixed;
  if (!selection.has_fixed_range()) {
    // A range that comes from `defaults` brings its numbers with it.
    if (!needed || selection.range() == v1::VALUE_RANGE_UNSPECIFIED) return absl::OkStatus();
    return FieldError(field, "is not set; range VALUE_RANGE_FIXED needs minimum and maximum");
  }
  if (!needed) return FieldError(field, "is set; remove it or set range to VALUE_RANGE_FIXED");
  const float minimum = selection.fixed_range().minimum();
  const float maximum = selection.fixed_range().maximum();
  if (std::isfinite(minimum) && std::isfinite(maximum) && minimum < maximum) {
    return absl::OkStatus();
  }
  return FieldError(field, absl::StrCat("is ", minimum, " to ", maximum,
                                        "; minimum must be below maximum, both finite"));
}

// What layout and row order allow, once the encoding is known.
absl::Status CheckLayout(absl::string_view path, const EncodingOptions& options) {
  const bool png = options.encoding == ActivationEncoding::kPng;
  if (options.layout == ActivationLayout::kAtlas && !png &&
      options.encoding != ActivationEncoding::kUint8) {
    return FieldError(FieldPath(path, "encoding"),
                      "is a float encoding; layout ATLAS needs UINT8 or PNG");
  }
  if (png && options.row_order == RowOrder::kBottomUp) {
    return FieldError("row_order",
                      absl::StrCat("is BOTTOM_UP, but ", FieldPath(path, "encoding"),
                                   " is PNG, whose rows are always top down; use TOP_DOWN"));
  }
  return absl::OkStatus();
}

// One selection over `base`, which holds the defaults.
absl::StatusOr<EncodingOptions> ConvertOptions(absl::string_view path,
                                               const v1::LayerSelection& selection,
                                               EncodingOptions base) {
  DV_ASSIGN_OR_RETURN(base.encoding,
                      FromProto(FieldPath(path, "encoding"), selection.encoding(), base.encoding));
  DV_ASSIGN_OR_RETURN(base.range,
                      FromProto(FieldPath(path, "range"), selection.range(), base.range));
  DV_RETURN_IF_ERROR(CheckFixedRange(path, selection, base.range));
  if (selection.has_fixed_range()) {
    base.fixed_range = {selection.fixed_range().minimum(), selection.fixed_range().maximum()};
  }
  if (selection.max_side() != 0) {
    DV_RETURN_IF_ERROR(CheckRange(FieldPath(path, "max_side"), selection.max_side(), 1, kMaxSide));
    base.max_side = static_cast<int>(selection.max_side());
  }
  return base;
}

// A request for one frame, or the configuration for many.
template <typename Request>
constexpr bool kHasManyFrames = std::is_same_v<Request, v1::LiveConfiguration>;

template <typename Request>
absl::Status CheckSmoothing(absl::string_view path, const EncodingOptions& options) {
  if (kHasManyFrames<Request> || options.range != ValueRange::kSmoothed) return absl::OkStatus();
  return FieldError(FieldPath(path, "range"),
                    "is VALUE_RANGE_SMOOTHED, which follows many frames; use it in "
                    "LiveActivations, or VALUE_RANGE_LAYER here");
}

template <typename Request>
absl::Status ConvertAtlas(const Request& request, EncodingOptions* options) {
  DV_ASSIGN_OR_RETURN(options->layout, FromProto("layout", request.layout()));
  if (!request.has_atlas()) return absl::OkStatus();
  if (options->layout != ActivationLayout::kAtlas) {
    return FieldError("atlas", "is set; remove it or set layout to ACTIVATION_LAYOUT_ATLAS");
  }
  DV_RETURN_IF_ERROR(CheckRange("atlas.gutter", request.atlas().gutter(), 0, 16));
  options->gutter = static_cast<int>(request.atlas().gutter());
  if (request.atlas().max_sheet_side() == 0) return absl::OkStatus();
  DV_RETURN_IF_ERROR(
      CheckRange("atlas.max_sheet_side", request.atlas().max_sheet_side(), 64, 16384));
  options->max_sheet_side = static_cast<int>(request.atlas().max_sheet_side());
  return absl::OkStatus();
}

template <typename Request>
absl::StatusOr<EncodingOptions> ConvertDefaults(const Request& request) {
  if (!request.defaults().pattern().empty()) {
    return FieldError("defaults.pattern", "is set; name layers in `layers`");
  }
  if (!request.defaults().channels().empty()) {
    return FieldError("defaults.channels", "is set; choose channels in `layers`");
  }
  EncodingOptions options;
  DV_RETURN_IF_ERROR(ConvertAtlas(request, &options));
  DV_ASSIGN_OR_RETURN(options.row_order, FromProto("row_order", request.row_order()));
  options.statistics = request.include().statistics();
  DV_ASSIGN_OR_RETURN(options, ConvertOptions("defaults", request.defaults(), options));
  DV_RETURN_IF_ERROR(CheckSmoothing<Request>("defaults", options));
  // With layers given, each of them is checked with its own encoding.
  if (request.layers().empty()) DV_RETURN_IF_ERROR(CheckLayout("defaults", options));
  return options;
}

absl::Status ConvertChannels(absl::string_view path, const v1::LayerSelection& selection,
                             std::vector<int>* out) {
  const std::string field = FieldPath(path, "channels");
  if (selection.channels_size() > kMaxChannels) {
    return FieldError(field,
                      absl::StrCat("has ", selection.channels_size(), " entries, more than the ",
                                   kMaxChannels, " allowed; leave it empty for all channels"));
  }
  for (int i = 0; i < selection.channels_size(); ++i) {
    DV_RETURN_IF_ERROR(CheckRange(ElementPath(field, i), selection.channels(i), 0, INT32_MAX));
    out->push_back(static_cast<int>(selection.channels(i)));
  }
  return absl::OkStatus();
}

template <typename Request>
absl::StatusOr<LayerSelection> ConvertSelection(int index, const v1::LayerSelection& selection,
                                                const EncodingOptions& defaults) {
  const std::string path = ElementPath("layers", index);
  DV_RETURN_IF_ERROR(CheckText(FieldPath(path, "pattern"), selection.pattern(), kMaxPatternBytes,
                               "set it to a layer id from StreamTopology or a glob"));
  LayerSelection out;
  out.pattern = selection.pattern();
  DV_ASSIGN_OR_RETURN(out.options, ConvertOptions(path, selection, defaults));
  DV_RETURN_IF_ERROR(CheckSmoothing<Request>(path, out.options));
  DV_RETURN_IF_ERROR(CheckLayout(path, out.options));
  DV_RETURN_IF_ERROR(ConvertChannels(path, selection, &out.options.channels));
  return out;
}

template <typename Request, typename Query>
absl::Status ConvertSelections(const Request& request, Query* query) {
  DV_RETURN_IF_ERROR(CheckLayerCount(request.layers_size(), kMaxSelections));
  for (int i = 0; i < request.layers_size(); ++i) {
    DV_ASSIGN_OR_RETURN(LayerSelection selection,
                        ConvertSelection<Request>(i, request.layers(i), query->defaults));
    query->layers.push_back(std::move(selection));
  }
  return absl::OkStatus();
}

// Everything but the input.
template <typename Query, typename Request>
absl::StatusOr<Query> ConvertQuery(const Request& request) {
  DV_RETURN_IF_ERROR(CheckNetworkId(request.network()));
  DV_RETURN_IF_ERROR(CheckDigest("expected_digest", request.expected_digest()));
  Query query;
  DV_ASSIGN_OR_RETURN(query.numerics, FromProto("numerics", request.numerics()));
  DV_ASSIGN_OR_RETURN(query.defaults, ConvertDefaults(request));
  DV_RETURN_IF_ERROR(ConvertSelections(request, &query));
  query.network = request.network();
  query.prediction = request.include().prediction();
  query.expected_digest = request.expected_digest();
  query.wait_until_ready = request.wait_until_ready();
  return query;
}

}  // namespace

absl::StatusOr<ActivationQuery> FromProto(v1::StreamActivationsRequest&& request) {
  DV_ASSIGN_OR_RETURN(ActivationQuery query, ConvertQuery<ActivationQuery>(request));
  DV_ASSIGN_OR_RETURN(query.input, FromProto("input", std::move(*request.mutable_input())));
  return query;
}

absl::StatusOr<LiveConfig> FromProto(const v1::LiveConfiguration& configuration) {
  return ConvertQuery<LiveConfig>(configuration);
}

LiveFrame FromProto(v1::LiveFrame&& frame) {
  return {frame.frame_id(), frame.client_timestamp(),
          FromProto("frame.input", std::move(*frame.mutable_input()))};
}

absl::StatusOr<ClassifyQuery> FromProto(v1::ClassifyRequest&& request) {
  DV_RETURN_IF_ERROR(CheckNetworkId(request.network()));
  DV_RETURN_IF_ERROR(CheckDigest("expected_digest", request.expected_digest()));
  DV_RETURN_IF_ERROR(CheckRange("top_k", request.top_k(), 0, 1000));
  ClassifyQuery query;
  DV_ASSIGN_OR_RETURN(query.numerics, FromProto("numerics", request.numerics()));
  DV_ASSIGN_OR_RETURN(query.input, FromProto("input", std::move(*request.mutable_input())));
  query.network = request.network();
  query.top_k = request.top_k() == 0 ? 10 : static_cast<int>(request.top_k());
  query.expected_digest = request.expected_digest();
  query.wait_until_ready = request.wait_until_ready();
  return query;
}

}  // namespace deepvision
