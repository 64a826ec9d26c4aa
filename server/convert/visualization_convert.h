// VisualizationService's messages <-> core/api/visualization*.h.
//
// Requests are checked field by field: kInvalidArgument names the path of the
// field and says what to do. What depends on the network or on a job is for the
// engine to say.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_SERVER_CONVERT_VISUALIZATION_CONVERT_H_
#define DEEPVISION_SERVER_CONVERT_VISUALIZATION_CONVERT_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "core/api/visualization_engine.h"
#include "deepvision/v1/visualization.pb.h"

namespace deepvision {

// Each takes the bytes of the start out of `request`.
absl::StatusOr<StartVisualizationQuery> FromProto(v1::StartVisualizationRequest&& request);
// What StreamVisualization starts, and how it is then watched: without an id.
struct StreamVisualizationQuery {
  StartVisualizationQuery start;
  WatchVisualizationQuery watch;
  bool detach = false;
};
absl::StatusOr<StreamVisualizationQuery> FromProto(v1::StreamVisualizationRequest&& request);

absl::StatusOr<WatchVisualizationQuery> FromProto(v1::WatchVisualizationRequest&& request);
absl::StatusOr<VisualizationFilter> FromProto(const v1::ListVisualizationsRequest& request);
absl::StatusOr<VisualizationFilter> FromProto(const v1::DeleteVisualizationsRequest& request);
absl::StatusOr<CancelVisualizationQuery> FromProto(const v1::CancelVisualizationRequest& request);
// OK when it names a job and a priority.
absl::Status Check(const v1::SetPriorityRequest& request);

v1::Visualization ToProto(const VisualizationJob& job);
// For lists: without units, and without what of the spec may be long.
v1::Visualization SummaryOf(const VisualizationJob& job);
// What may change of a job, with `job.units`.
v1::VisualizationStatus StatusOf(const VisualizationJob& job);
v1::StartVisualizationResponse ToProto(const StartedVisualization& started);
v1::VisualizationHeader ToProto(const VisualizationHeader& header);
v1::VisualizationProgress ToProto(const std::vector<ImageProgress>& images);
// Everything but the bytes.
v1::VisualizationPicture ToProto(const VisualizationPicture& picture,
                                 const VisualizationView& view);
v1::VisualizationResult ToProto(const VisualizationResult& result, const VisualizationView& view);
v1::DeleteVisualizationsResponse ToProto(const DeletedVisualizations& deleted);

// Bytes of one element: a chunk of a stream never splits it.
size_t ElementBytes(PictureEncoding encoding);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONVERT_VISUALIZATION_CONVERT_H_
