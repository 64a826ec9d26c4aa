#include "server/convert/enum_convert.h"

#include <array>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/convert/status_convert.h"

namespace deepvision {
namespace {

template <typename Proto, typename Api, size_t N>
using Table = std::array<std::pair<Proto, Api>, N>;

template <typename Proto, typename Api, size_t N>
absl::StatusOr<Api> Look(absl::string_view field, Proto value, const Table<Proto, Api, N>& table) {
  for (const auto& [proto, api] : table) {
    if (proto == value) return api;
  }
  if (value == Proto{}) return FieldError(field, "is not set; choose one of its values");
  return FieldError(field, absl::StrCat("is ", static_cast<int>(value),
                                        ", which is none of its values; use a client that is "
                                        "made from this server's protos"));
}

template <typename Proto, typename Api, size_t N>
Proto Reverse(Api value, const Table<Proto, Api, N>& table) {
  for (const auto& [proto, api] : table) {
    if (api == value) return proto;
  }
  return Proto{};
}

constexpr Table<v1::Numerics, Numerics, 6> kNumerics = {{
    {v1::NUMERICS_UNSPECIFIED, Numerics::kDefault},
    {v1::NUMERICS_EXACT, Numerics::kExact},
    {v1::NUMERICS_FAST, Numerics::kFast},
    {v1::NUMERICS_BFLOAT16, Numerics::kBFloat16},
    {v1::NUMERICS_FLOAT16, Numerics::kFloat16},
    {v1::NUMERICS_TF32, Numerics::kTf32},
}};
// Where UNSPECIFIED means a value, that value stands first, so that Reverse
// finds its name.
constexpr Table<v1::RowOrder, RowOrder, 3> kRowOrders = {{
    {v1::ROW_ORDER_TOP_DOWN, RowOrder::kTopDown},
    {v1::ROW_ORDER_BOTTOM_UP, RowOrder::kBottomUp},
    {v1::ROW_ORDER_UNSPECIFIED, RowOrder::kTopDown},
}};
constexpr Table<v1::PixelFormat, PixelFormat, 3> kPixelFormats = {{
    {v1::PIXEL_FORMAT_RGB8, PixelFormat::kRgb8},
    {v1::PIXEL_FORMAT_RGBA8, PixelFormat::kRgba8},
    {v1::PIXEL_FORMAT_GRAY8, PixelFormat::kGray8},
}};
constexpr Table<v1::TensorSpace, TensorSpace, 3> kTensorSpaces = {{
    {v1::TENSOR_SPACE_NETWORK, TensorSpace::kNetwork},
    {v1::TENSOR_SPACE_UNIT, TensorSpace::kUnit},
    {v1::TENSOR_SPACE_UNSPECIFIED, TensorSpace::kNetwork},
}};
constexpr Table<v1::ActivationLayout, ActivationLayout, 3> kLayouts = {{
    {v1::ACTIVATION_LAYOUT_CHANNELS, ActivationLayout::kChannels},
    {v1::ACTIVATION_LAYOUT_ATLAS, ActivationLayout::kAtlas},
    {v1::ACTIVATION_LAYOUT_UNSPECIFIED, ActivationLayout::kChannels},
}};
constexpr Table<v1::TopologyView, TopologyView, 3> kViews = {{
    {v1::TOPOLOGY_VIEW_LAYERS, TopologyView::kLayers},
    {v1::TOPOLOGY_VIEW_OPERATORS, TopologyView::kOperators},
    {v1::TOPOLOGY_VIEW_UNSPECIFIED, TopologyView::kLayers},
}};
constexpr Table<v1::HistogramSource, HistogramSource, 2> kHistogramSources = {{
    {v1::HISTOGRAM_SOURCE_WEIGHTS, HistogramSource::kWeights},
    {v1::HISTOGRAM_SOURCE_ACTIVATIONS, HistogramSource::kActivations},
}};
constexpr Table<v1::ImageEncoding, ImageEncoding, 5> kImageEncodings = {{
    {v1::IMAGE_ENCODING_PNG, ImageEncoding::kPng},
    {v1::IMAGE_ENCODING_JPEG, ImageEncoding::kJpeg},
    {v1::IMAGE_ENCODING_RGB8, ImageEncoding::kRgb8},
    {v1::IMAGE_ENCODING_RGBA8, ImageEncoding::kRgba8},
    {v1::IMAGE_ENCODING_UNSPECIFIED, ImageEncoding::kPng},
}};
constexpr Table<v1::InputForm, InputForm, 3> kInputForms = {{
    {v1::INPUT_FORM_PICTURE, InputForm::kPicture},
    {v1::INPUT_FORM_TENSOR, InputForm::kTensor},
    {v1::INPUT_FORM_UNSPECIFIED, InputForm::kPicture},
}};
constexpr Table<v1::ActivationEncoding, ActivationEncoding, 4> kActivationEncodings = {{
    {v1::ACTIVATION_ENCODING_FLOAT32, ActivationEncoding::kFloat32},
    {v1::ACTIVATION_ENCODING_FLOAT16, ActivationEncoding::kFloat16},
    {v1::ACTIVATION_ENCODING_UINT8, ActivationEncoding::kUint8},
    {v1::ACTIVATION_ENCODING_PNG, ActivationEncoding::kPng},
}};
constexpr Table<v1::ValueRange, ValueRange, 5> kValueRanges = {{
    {v1::VALUE_RANGE_LAYER, ValueRange::kLayer},
    {v1::VALUE_RANGE_CHANNEL, ValueRange::kChannel},
    {v1::VALUE_RANGE_SYMMETRIC, ValueRange::kSymmetric},
    {v1::VALUE_RANGE_FIXED, ValueRange::kFixed},
    {v1::VALUE_RANGE_SMOOTHED, ValueRange::kSmoothed},
}};
constexpr Table<v1::DataKind, DataKind, 5> kDataKinds = {{
    {v1::DATA_KIND_NONE, DataKind::kNone},
    {v1::DATA_KIND_FEATURE_MAP, DataKind::kFeatureMap},
    {v1::DATA_KIND_VECTOR, DataKind::kVector},
    {v1::DATA_KIND_TOKENS, DataKind::kTokens},
    {v1::DATA_KIND_OTHER, DataKind::kOther},
}};
constexpr Table<v1::Task, Task, 4> kTasks = {{
    {v1::TASK_UNSPECIFIED, Task::kGuess},
    {v1::TASK_CLASSIFICATION, Task::kClassification},
    {v1::TASK_SEGMENTATION, Task::kSegmentation},
    {v1::TASK_FEATURES, Task::kFeatures},
}};
constexpr Table<v1::ScoreActivation, ScoreActivation, 4> kScoreActivations = {{
    {v1::SCORE_ACTIVATION_UNSPECIFIED, ScoreActivation::kGuess},
    {v1::SCORE_ACTIVATION_SOFTMAX, ScoreActivation::kSoftmax},
    {v1::SCORE_ACTIVATION_SIGMOID, ScoreActivation::kSigmoid},
    {v1::SCORE_ACTIVATION_NONE, ScoreActivation::kNone},
}};
constexpr Table<v1::NetworkState, NetworkState, 3> kNetworkStates = {{
    {v1::NETWORK_STATE_LOADING, NetworkState::kLoading},
    {v1::NETWORK_STATE_READY, NetworkState::kReady},
    {v1::NETWORK_STATE_FAILED, NetworkState::kFailed},
}};
constexpr Table<v1::NodeKind, NodeKind, 6> kNodeKinds = {{
    {v1::NODE_KIND_INPUT, NodeKind::kInput},
    {v1::NODE_KIND_CHAIN, NodeKind::kChain},
    {v1::NODE_KIND_PASS_THROUGH, NodeKind::kPassThrough},
    {v1::NODE_KIND_MARKER, NodeKind::kMarker},
    {v1::NODE_KIND_DERIVED, NodeKind::kDerived},
    {v1::NODE_KIND_IDENTITY, NodeKind::kIdentity},
}};
constexpr Table<v1::NodeRole, NodeRole, 4> kNodeRoles = {{
    {v1::NODE_ROLE_UNSPECIFIED, NodeRole::kNone},
    {v1::NODE_ROLE_SCORES, NodeRole::kScores},
    {v1::NODE_ROLE_PROBABILITIES, NodeRole::kProbabilities},
    {v1::NODE_ROLE_OUTPUT, NodeRole::kOutput},
}};
constexpr Table<v1::PenaltyKind, PenaltyKind, 4> kPenaltyKinds = {{
    {v1::PENALTY_KIND_TOTAL_VARIATION, PenaltyKind::kTotalVariation},
    {v1::PENALTY_KIND_L1, PenaltyKind::kL1},
    {v1::PENALTY_KIND_L2, PenaltyKind::kL2},
    {v1::PENALTY_KIND_BLUR, PenaltyKind::kBlur},
}};
constexpr Table<v1::VisualizationMode, VisualizationMode, 5> kModes = {{
    {v1::VISUALIZATION_MODE_LOAD_OR_GENERATE, VisualizationMode::kLoadOrGenerate},
    {v1::VISUALIZATION_MODE_GENERATE, VisualizationMode::kGenerate},
    {v1::VISUALIZATION_MODE_LOAD_ONLY, VisualizationMode::kLoadOnly},
    {v1::VISUALIZATION_MODE_LOAD_LATEST, VisualizationMode::kLoadLatest},
    {v1::VISUALIZATION_MODE_UNSPECIFIED, VisualizationMode::kLoadOrGenerate},
}};
constexpr Table<v1::VisualizationState, JobState, 6> kJobStates = {{
    {v1::VISUALIZATION_STATE_QUEUED, JobState::kQueued},
    {v1::VISUALIZATION_STATE_RUNNING, JobState::kRunning},
    {v1::VISUALIZATION_STATE_SUCCEEDED, JobState::kSucceeded},
    {v1::VISUALIZATION_STATE_PARTIAL, JobState::kPartial},
    {v1::VISUALIZATION_STATE_FAILED, JobState::kFailed},
    {v1::VISUALIZATION_STATE_CANCELLED, JobState::kCancelled},
}};
constexpr Table<v1::UnitState, UnitState, 5> kUnitStates = {{
    {v1::UNIT_STATE_WAITING, UnitState::kWaiting},
    {v1::UNIT_STATE_RUNNING, UnitState::kRunning},
    {v1::UNIT_STATE_DONE, UnitState::kDone},
    {v1::UNIT_STATE_DEAD, UnitState::kDead},
    {v1::UNIT_STATE_FAILED, UnitState::kFailed},
}};
constexpr Table<v1::VisualizationEncoding, PictureEncoding, 6> kPictureEncodings = {{
    {v1::VISUALIZATION_ENCODING_PNG, PictureEncoding::kPng},
    {v1::VISUALIZATION_ENCODING_JPEG, PictureEncoding::kJpeg},
    {v1::VISUALIZATION_ENCODING_RGB8, PictureEncoding::kRgb8},
    {v1::VISUALIZATION_ENCODING_RGBA8, PictureEncoding::kRgba8},
    {v1::VISUALIZATION_ENCODING_FLOAT32, PictureEncoding::kFloat32},
    {v1::VISUALIZATION_ENCODING_UNSPECIFIED, PictureEncoding::kPng},
}};
constexpr Table<v1::VisualizationSpace, PictureSpace, 3> kPictureSpaces = {{
    {v1::VISUALIZATION_SPACE_DISPLAY, PictureSpace::kDisplay},
    {v1::VISUALIZATION_SPACE_NETWORK, PictureSpace::kNetwork},
    {v1::VISUALIZATION_SPACE_UNSPECIFIED, PictureSpace::kDisplay},
}};
constexpr Table<v1::VisualizationLayout, VisualizationLayout, 3> kVisualizationLayouts = {{
    {v1::VISUALIZATION_LAYOUT_UNITS, VisualizationLayout::kUnits},
    {v1::VISUALIZATION_LAYOUT_ATLAS, VisualizationLayout::kAtlas},
    {v1::VISUALIZATION_LAYOUT_UNSPECIFIED, VisualizationLayout::kUnits},
}};

}  // namespace

absl::StatusOr<Numerics> FromProto(absl::string_view field, v1::Numerics value) {
  return Look(field, value, kNumerics);
}
absl::StatusOr<RowOrder> FromProto(absl::string_view field, v1::RowOrder value) {
  return Look(field, value, kRowOrders);
}
absl::StatusOr<PixelFormat> FromProto(absl::string_view field, v1::PixelFormat value) {
  return Look(field, value, kPixelFormats);
}
absl::StatusOr<TensorSpace> FromProto(absl::string_view field, v1::TensorSpace value) {
  return Look(field, value, kTensorSpaces);
}
absl::StatusOr<ActivationLayout> FromProto(absl::string_view field, v1::ActivationLayout value) {
  return Look(field, value, kLayouts);
}
absl::StatusOr<TopologyView> FromProto(absl::string_view field, v1::TopologyView value) {
  return Look(field, value, kViews);
}
absl::StatusOr<HistogramSource> FromProto(absl::string_view field, v1::HistogramSource value) {
  return Look(field, value, kHistogramSources);
}
absl::StatusOr<ImageEncoding> FromProto(absl::string_view field, v1::ImageEncoding value) {
  return Look(field, value, kImageEncodings);
}
absl::StatusOr<InputForm> FromProto(absl::string_view field, v1::InputForm value) {
  return Look(field, value, kInputForms);
}
absl::StatusOr<ActivationEncoding> FromProto(absl::string_view field, v1::ActivationEncoding value,
                                             ActivationEncoding fallback) {
  if (value == v1::ACTIVATION_ENCODING_UNSPECIFIED) return fallback;
  return Look(field, value, kActivationEncodings);
}
absl::StatusOr<ValueRange> FromProto(absl::string_view field, v1::ValueRange value,
                                     ValueRange fallback) {
  if (value == v1::VALUE_RANGE_UNSPECIFIED) return fallback;
  return Look(field, value, kValueRanges);
}

v1::Numerics ToProto(Numerics value) { return Reverse(value, kNumerics); }
v1::RowOrder ToProto(RowOrder value) { return Reverse(value, kRowOrders); }
v1::DataKind ToProto(DataKind value) { return Reverse(value, kDataKinds); }
v1::Task ToProto(Task value) { return Reverse(value, kTasks); }
v1::ScoreActivation ToProto(ScoreActivation value) { return Reverse(value, kScoreActivations); }
v1::NetworkState ToProto(NetworkState value) { return Reverse(value, kNetworkStates); }
v1::TopologyView ToProto(TopologyView value) { return Reverse(value, kViews); }
v1::NodeKind ToProto(NodeKind value) { return Reverse(value, kNodeKinds); }
v1::NodeRole ToProto(NodeRole value) { return Reverse(value, kNodeRoles); }
v1::ValueRange ToProto(ValueRange value) { return Reverse(value, kValueRanges); }
v1::ActivationEncoding ToProto(ActivationEncoding value) {
  return Reverse(value, kActivationEncodings);
}
v1::ImageEncoding ToProto(ImageEncoding value) { return Reverse(value, kImageEncodings); }

absl::StatusOr<PenaltyKind> FromProto(absl::string_view field, v1::PenaltyKind value) {
  return Look(field, value, kPenaltyKinds);
}
absl::StatusOr<VisualizationMode> FromProto(absl::string_view field, v1::VisualizationMode value) {
  return Look(field, value, kModes);
}
absl::StatusOr<JobState> FromProto(absl::string_view field, v1::VisualizationState value) {
  return Look(field, value, kJobStates);
}
absl::StatusOr<PictureEncoding> FromProto(absl::string_view field,
                                          v1::VisualizationEncoding value) {
  return Look(field, value, kPictureEncodings);
}
absl::StatusOr<PictureSpace> FromProto(absl::string_view field, v1::VisualizationSpace value) {
  return Look(field, value, kPictureSpaces);
}
absl::StatusOr<VisualizationLayout> FromProto(absl::string_view field,
                                              v1::VisualizationLayout value) {
  return Look(field, value, kVisualizationLayouts);
}

v1::PixelFormat ToProto(PixelFormat value) { return Reverse(value, kPixelFormats); }
v1::TensorSpace ToProto(TensorSpace value) { return Reverse(value, kTensorSpaces); }
v1::PenaltyKind ToProto(PenaltyKind value) { return Reverse(value, kPenaltyKinds); }
v1::VisualizationState ToProto(JobState value) { return Reverse(value, kJobStates); }
v1::UnitState ToProto(UnitState value) { return Reverse(value, kUnitStates); }
v1::VisualizationEncoding ToProto(PictureEncoding value) {
  return Reverse(value, kPictureEncodings);
}
v1::VisualizationSpace ToProto(PictureSpace value) { return Reverse(value, kPictureSpaces); }

}  // namespace deepvision
