// Requests of VisualizationService, checked.
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/convert/enum_convert.h"
#include "server/convert/field.h"
#include "server/convert/field_reader.h"
#include "server/convert/input_convert.h"
#include "server/convert/status_convert.h"
#include "server/convert/visualization_convert.h"
#include "server/convert/visualization_spec_convert.h"

namespace deepvision {
namespace {

constexpr int kMaxPriority = 100;
constexpr int kMaxUnits = 65536;
constexpr uint32_t kMaxSide = 16384;
constexpr uint32_t kMaxSteps = 100000;
constexpr double kMaxFps = 60;
constexpr size_t kMaxTicketBytes = 256;
constexpr size_t kMaxLayerBytes = 1024;

absl::Status CheckPriority(int priority) {
  if (priority >= -kMaxPriority && priority <= kMaxPriority) return absl::OkStatus();
  return FieldError("priority", absl::StrCat("is ", priority, "; it must be -", kMaxPriority,
                                             " to ", kMaxPriority));
}

template <typename Request>
absl::StatusOr<StartVisualizationQuery> ConvertStart(Request& request) {
  StartVisualizationQuery query;
  DV_ASSIGN_OR_RETURN(query.mode, FromProto("mode", request.mode()));
  DV_RETURN_IF_ERROR(CheckPriority(request.priority()));
  query.priority = request.priority();
  DV_RETURN_IF_ERROR(CheckDigest("expected_digest", request.expected_digest()));
  DV_ASSIGN_OR_RETURN(query.spec, FromProto(std::move(*request.mutable_spec())));
  query.spec.expected_digest = request.expected_digest();
  query.wait_until_ready = request.wait_until_ready();
  return query;
}

absl::Status ConvertAtlas(const v1::VisualizationView& view, VisualizationView* out) {
  DV_ASSIGN_OR_RETURN(out->layout, FromProto("view.layout", view.layout()));
  const bool atlas = out->layout == VisualizationLayout::kAtlas;
  if (atlas && out->encoding == PictureEncoding::kFloat32) {
    return FieldError("view.encoding", "is FLOAT32; layout ATLAS needs PNG, JPEG, RGB8 or RGBA8");
  }
  if (!view.has_atlas()) return absl::OkStatus();
  if (!atlas) {
    return FieldError("view.atlas",
                      "is set; remove it or set layout to VISUALIZATION_LAYOUT_ATLAS");
  }
  DV_RETURN_IF_ERROR(CheckRange("view.atlas.gutter", view.atlas().gutter(), 0, 16));
  out->gutter = static_cast<int>(view.atlas().gutter());
  if (view.atlas().max_sheet_side() == 0) return absl::OkStatus();
  DV_RETURN_IF_ERROR(
      CheckRange("view.atlas.max_sheet_side", view.atlas().max_sheet_side(), 64, kMaxSide));
  out->max_sheet_side = static_cast<int>(view.atlas().max_sheet_side());
  return absl::OkStatus();
}

// What the encoding allows.
absl::Status CheckPixels(const VisualizationView& view) {
  const bool png = view.encoding == PictureEncoding::kPng;
  const bool file = png || view.encoding == PictureEncoding::kJpeg;
  if (file && view.row_order == RowOrder::kBottomUp) {
    return FieldError("view.row_order",
                      "is BOTTOM_UP, but the rows of PNG and JPEG are always top down; use "
                      "TOP_DOWN, or encoding RGB8, RGBA8 or FLOAT32");
  }
  if (view.transparency && !png && view.encoding != PictureEncoding::kRgba8) {
    return FieldError("view.transparency", "is set; it needs encoding PNG or RGBA8");
  }
  if (view.space == PictureSpace::kNetwork && view.encoding != PictureEncoding::kFloat32) {
    return FieldError("view.space", "is NETWORK; it needs encoding FLOAT32");
  }
  return absl::OkStatus();
}

absl::StatusOr<VisualizationView> ConvertView(const v1::VisualizationView& view) {
  VisualizationView out;
  out.results_only = view.results_only();
  FieldReader read("view");
  read.Integer("every_steps", view.every_steps(), 0, kMaxSteps, &out.every_steps);
  read.Positive("max_fps", Given(view.max_fps() != 0, view.max_fps()), kMaxFps, &out.max_fps);
  read.Integer("max_side", view.max_side(), 0, kMaxSide, &out.max_side);
  DV_RETURN_IF_ERROR(read.status());
  DV_ASSIGN_OR_RETURN(out.encoding, FromProto("view.encoding", view.encoding()));
  DV_ASSIGN_OR_RETURN(out.space, FromProto("view.space", view.space()));
  out.transparency = view.transparency();
  DV_ASSIGN_OR_RETURN(out.row_order, FromProto("view.row_order", view.row_order()));
  DV_RETURN_IF_ERROR(ConvertAtlas(view, &out));
  DV_RETURN_IF_ERROR(CheckPixels(out));
  return out;
}

template <typename Request>
absl::StatusOr<WatchVisualizationQuery> ConvertWatch(const Request& request) {
  WatchVisualizationQuery query;
  DV_ASSIGN_OR_RETURN(query.view, ConvertView(request.view()));
  FieldReader read("");
  read.Index("from_step", Given(request.has_from_step(), request.from_step()), &query.from_step);
  read.Number("replay_fps", request.replay_fps(), 0, kMaxFps, &query.replay_fps);
  DV_RETURN_IF_ERROR(read.status());
  if (query.replay_fps == 0 || query.from_step) return query;
  return FieldError("replay_fps", "is set; set from_step, too, for a replay");
}

// A layer means something only within a network.
template <typename Request>
absl::StatusOr<VisualizationFilter> ConvertPlace(const Request& request) {
  VisualizationFilter filter;
  if (!request.network().empty()) DV_RETURN_IF_ERROR(CheckNetworkId(request.network()));
  if (!request.layer().empty()) {
    DV_RETURN_IF_ERROR(CheckText("layer", request.layer(), kMaxLayerBytes,
                                 "set it to a layer id from StreamTopology"));
    if (request.network().empty()) {
      return FieldError("network", "is empty, but layer is set; set the layer's network, too");
    }
  }
  filter.network = request.network();
  filter.layer = request.layer();
  return filter;
}

}  // namespace

absl::StatusOr<StartVisualizationQuery> FromProto(v1::StartVisualizationRequest&& request) {
  return ConvertStart(request);
}

absl::StatusOr<StreamVisualizationQuery> FromProto(v1::StreamVisualizationRequest&& request) {
  StreamVisualizationQuery query;
  DV_ASSIGN_OR_RETURN(query.watch, ConvertWatch(request));
  DV_ASSIGN_OR_RETURN(query.start, ConvertStart(request));
  query.detach = request.detach();
  return query;
}

absl::StatusOr<WatchVisualizationQuery> FromProto(v1::WatchVisualizationRequest&& request) {
  DV_RETURN_IF_ERROR(CheckVisualizationId("id", request.id()));
  DV_ASSIGN_OR_RETURN(WatchVisualizationQuery query, ConvertWatch(request));
  query.id = request.id();
  DV_RETURN_IF_ERROR(CheckCount("units", request.units_size(), kMaxUnits));
  std::set<uint32_t> seen;
  for (int i = 0; i < request.units_size(); ++i) {
    const uint32_t unit = request.units(i);
    DV_RETURN_IF_ERROR(CheckRange(ElementPath("units", i), unit, 0, INT32_MAX));
    if (!seen.insert(unit).second) {
      return FieldError(ElementPath("units", i),
                        absl::StrCat("is ", unit, " again; name each unit once"));
    }
    query.units.push_back(static_cast<int>(unit));
  }
  return query;
}

absl::StatusOr<VisualizationFilter> FromProto(const v1::ListVisualizationsRequest& request) {
  DV_ASSIGN_OR_RETURN(VisualizationFilter filter, ConvertPlace(request));
  if (request.state() == v1::VISUALIZATION_STATE_UNSPECIFIED) return filter;
  DV_ASSIGN_OR_RETURN(filter.state, FromProto("state", request.state()));
  return filter;
}

absl::StatusOr<VisualizationFilter> FromProto(const v1::DeleteVisualizationsRequest& request) {
  DV_ASSIGN_OR_RETURN(VisualizationFilter filter, ConvertPlace(request));
  if (!request.id().empty()) DV_RETURN_IF_ERROR(CheckVisualizationId("id", request.id()));
  filter.id = request.id();
  if (!filter.id.empty() || !filter.network.empty()) return filter;
  return FieldError("network",
                    "is empty, and so are id and layer; an empty filter would delete all "
                    "visualizations of all networks: name the network, or the id of a job");
}

absl::StatusOr<CancelVisualizationQuery> FromProto(const v1::CancelVisualizationRequest& request) {
  if (request.ticket().empty() == request.id().empty()) {
    return FieldError("ticket",
                      request.id().empty()
                          ? "is empty, and so is id; set the ticket that the start gave, or id and "
                            "force"
                          : "is set, and so is id; set one of them");
  }
  if (request.id().empty()) {
    DV_RETURN_IF_ERROR(CheckText("ticket", request.ticket(), kMaxTicketBytes,
                                 "set it to the ticket that the start gave"));
    if (request.force()) return FieldError("force", "is set; it goes with id, not with a ticket");
    return CancelVisualizationQuery{request.ticket(), "", false};
  }
  DV_RETURN_IF_ERROR(CheckVisualizationId("id", request.id()));
  if (!request.force()) {
    return FieldError("force", "is false; without the ticket a job is cancelled only by force");
  }
  return CancelVisualizationQuery{"", request.id(), true};
}

absl::Status Check(const v1::SetPriorityRequest& request) {
  DV_RETURN_IF_ERROR(CheckVisualizationId("id", request.id()));
  return CheckPriority(request.priority());
}

}  // namespace deepvision
