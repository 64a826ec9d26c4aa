// Enums of the protos <-> enums of core/api. From the wire, UNSPECIFIED becomes
// what the proto's comment says; a number that the proto does not know is
// kInvalidArgument naming the field.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_SERVER_CONVERT_ENUM_CONVERT_H_
#define DEEPVISION_SERVER_CONVERT_ENUM_CONVERT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/api/activation.h"
#include "core/api/dataset.h"
#include "core/api/network.h"
#include "core/api/topology.h"
#include "core/api/types.h"
#include "core/api/visualization_engine.h"
#include "deepvision/v1/activation.pb.h"
#include "deepvision/v1/common.pb.h"
#include "deepvision/v1/dataset.pb.h"
#include "deepvision/v1/input.pb.h"
#include "deepvision/v1/network.pb.h"
#include "deepvision/v1/visualization.pb.h"

namespace deepvision {

absl::StatusOr<Numerics> FromProto(absl::string_view field, v1::Numerics value);
absl::StatusOr<RowOrder> FromProto(absl::string_view field, v1::RowOrder value);
absl::StatusOr<PixelFormat> FromProto(absl::string_view field, v1::PixelFormat value);
absl::StatusOr<TensorSpace> FromProto(absl::string_view field, v1::TensorSpace value);
absl::StatusOr<ActivationLayout> FromProto(absl::string_view field, v1::ActivationLayout value);
absl::StatusOr<TopologyView> FromProto(absl::string_view field, v1::TopologyView value);
absl::StatusOr<HistogramSource> FromProto(absl::string_view field, v1::HistogramSource value);
absl::StatusOr<ImageEncoding> FromProto(absl::string_view field, v1::ImageEncoding value);
absl::StatusOr<InputForm> FromProto(absl::string_view field, v1::InputForm value);
absl::StatusOr<PenaltyKind> FromProto(absl::string_view field, v1::PenaltyKind value);
absl::StatusOr<VisualizationMode> FromProto(absl::string_view field, v1::VisualizationMode value);
absl::StatusOr<JobState> FromProto(absl::string_view field, v1::VisualizationState value);
absl::StatusOr<PictureEncoding> FromProto(absl::string_view field, v1::VisualizationEncoding value);
absl::StatusOr<PictureSpace> FromProto(absl::string_view field, v1::VisualizationSpace value);
absl::StatusOr<VisualizationLayout> FromProto(absl::string_view field,
                                              v1::VisualizationLayout value);
// UNSPECIFIED becomes `fallback`.
absl::StatusOr<ActivationEncoding> FromProto(absl::string_view field, v1::ActivationEncoding value,
                                             ActivationEncoding fallback);
absl::StatusOr<ValueRange> FromProto(absl::string_view field, v1::ValueRange value,
                                     ValueRange fallback);

v1::Numerics ToProto(Numerics value);
v1::RowOrder ToProto(RowOrder value);
v1::DataKind ToProto(DataKind value);
v1::Task ToProto(Task value);
v1::ScoreActivation ToProto(ScoreActivation value);
v1::NetworkState ToProto(NetworkState value);
v1::TopologyView ToProto(TopologyView value);
v1::NodeKind ToProto(NodeKind value);
v1::NodeRole ToProto(NodeRole value);
v1::ValueRange ToProto(ValueRange value);
v1::ActivationEncoding ToProto(ActivationEncoding value);
v1::ImageEncoding ToProto(ImageEncoding value);
v1::PixelFormat ToProto(PixelFormat value);
v1::TensorSpace ToProto(TensorSpace value);
v1::PenaltyKind ToProto(PenaltyKind value);
v1::VisualizationState ToProto(JobState value);
v1::UnitState ToProto(UnitState value);
v1::VisualizationEncoding ToProto(PictureEncoding value);
v1::VisualizationSpace ToProto(PictureSpace value);

}  // namespace deepvision

#endif  // DEEPVISION_SERVER_CONVERT_ENUM_CONVERT_H_
