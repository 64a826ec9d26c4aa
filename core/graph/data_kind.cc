#include "core/graph/data_kind.h"

#include "core/graph/operator_arguments.h"

namespace deepvision {
namespace {

constexpr int64_t kLargestPrefix = 8;

int64_t Wrap(int64_t axis, size_t rank) {
  return axis < 0 ? axis + static_cast<int64_t>(rank) : axis;
}

// Where a permutation or exchange of axes takes `axis`.
std::optional<int> AxisAfterPermutation(const Node& node, int axis, size_t rank) {
  if (node.op == "permute") {
    const std::vector<int64_t> axes = IntArgument(node, "dims");
    for (size_t i = 0; i < axes.size(); ++i) {
      if (Wrap(axes[i], rank) == axis) return static_cast<int>(i);
    }
    return std::nullopt;
  }
  if (node.op != "transpose" && node.op != "swapaxes" && node.op != "swapdims") return std::nullopt;
  const std::vector<int64_t> first = IntArgument(node, node.op == "swapaxes" ? "axis0" : "dim0");
  const std::vector<int64_t> second = IntArgument(node, node.op == "swapaxes" ? "axis1" : "dim1");
  if (first.empty() || second.empty()) return std::nullopt;
  const int64_t a = Wrap(first[0], rank);
  const int64_t b = Wrap(second[0], rank);
  return static_cast<int>(axis == a ? b : axis == b ? a : axis);
}

bool MovesAxes(const Node& node) {
  return node.op == "permute" || node.op == "transpose" || node.op == "swapaxes" ||
         node.op == "swapdims" || node.op == "movedim" || node.op == "t";
}

}  // namespace

DataKinds::DataKinds(const Dataflow& flow)
    : flow_(flow), graph_(flow.graph()), traits_(flow.graph().values.size()) {
  traits_[graph_.input].channel_axis = 1;
  for (size_t i = 0; i < graph_.nodes.size(); ++i) {
    if (flow.at(static_cast<NodeId>(i)).part != OperatorPart::kNone) Derive(static_cast<NodeId>(i));
  }
}

void DataKinds::Derive(NodeId id) {
  const Node& node = graph_.nodes[id];
  const OperatorFlow& op = flow_.at(id);
  const auto derive = [&](ValueId value) {
    if (value == kNone) return;
    const std::vector<int64_t>& sizes = graph_.values[value].sizes;
    Traits& traits = traits_[value];
    traits.channel_axis = ChannelAxis(node, op, value);
    for (ValueId source : op.sources) {
      if (traits.rows != 0) break;
      traits.rows = traits_[source].rows;
      traits.columns = traits_[source].columns;
    }
    if (sizes.size() == 4 && traits.channel_axis == 1 && sizes[2] * sizes[3] > 1) {
      traits.rows = sizes[2];
      traits.columns = sizes[3];
    }
  };
  for (ValueId value : node.outputs) derive(value);
  for (ValueId value : node.writes) derive(value);
}

int DataKinds::ChannelAxis(const Node& node, const OperatorFlow& op, ValueId result) const {
  const int last = static_cast<int>(graph_.values[result].sizes.size()) - 1;
  switch (op.kind.family) {
    case OperatorFamily::kConvolution:
    case OperatorFamily::kPooling:
    case OperatorFamily::kResample:
      return 1;
    case OperatorFamily::kLinear:
    case OperatorFamily::kEmbedding:
    case OperatorFamily::kRecurrent:
      return last;
    case OperatorFamily::kAttention:
      return kMixedAxis;
    case OperatorFamily::kMatrixProduct:
      return op.sources.size() > 1 ? kMixedAxis : last;
    case OperatorFamily::kNormalization:
      if (IntArgument(node, "normalized_shape").size() == 1) return last;
      return InheritedAxis(op, result);
    case OperatorFamily::kStructural:
      return MovedAxis(node, op.sources[0], result);
    default:
      return InheritedAxis(op, result);
  }
}

int DataKinds::MovedAxis(const Node& node, ValueId source, ValueId result) const {
  const int axis = traits_[source].channel_axis;
  if (axis < 0) return axis;
  const std::vector<int64_t>& before = graph_.values[source].sizes;
  const std::vector<int64_t>& after = graph_.values[result].sizes;
  if (MovesAxes(node))
    return AxisAfterPermutation(node, axis, before.size()).value_or(kUnknownAxis);
  if (axis >= static_cast<int>(before.size()) || after.empty()) return kUnknownAxis;
  const bool is_last = axis + 1 == static_cast<int>(before.size());
  if (is_last && after.back() == before.back()) return static_cast<int>(after.size()) - 1;
  const bool relayout = node.op == "view" || node.op == "reshape" || node.op == "unsafe_view" ||
                        after.size() != before.size();
  if (!relayout) return axis;  // slices, padding, copies
  const bool same_front =
      axis == 1 && after.size() > 1 && after[0] == before[0] && after[1] == before[1];
  return same_front ? 1 : kUnknownAxis;
}

int DataKinds::InheritedAxis(const OperatorFlow& op, ValueId result) const {
  for (ValueId source : op.sources) {
    const bool same_rank = graph_.values[source].sizes.size() == graph_.values[result].sizes.size();
    if (same_rank && traits_[source].channel_axis != kUnknownAxis) {
      return traits_[source].channel_axis;
    }
  }
  return kUnknownAxis;
}

DataDescription DataKinds::Describe(ValueId id) const {
  const Value& value = graph_.values[id];
  const Traits& traits = traits_[id];
  DataDescription description;
  description.shape = SizesWithoutBatch(value);
  const Shape& shape = description.shape;
  if (shape.size() == value.sizes.size()) return description;  // no batch dimension
  if (shape.size() == 1) {
    description.kind = DataKind::kVector;
  } else if (shape.size() == 2 && traits.channel_axis != 1) {
    description.kind = DataKind::kTokens;
    const int64_t prefix = shape[0] - traits.rows * traits.columns;
    if (traits.rows != 0 && prefix >= 0 && prefix <= kLargestPrefix) {
      description.grid = TokenGrid{static_cast<int>(traits.rows), static_cast<int>(traits.columns),
                                   static_cast<int>(prefix)};
    }
  } else if (shape.size() == 3 && traits.channel_axis == 3) {
    description.grid = TokenGrid{static_cast<int>(shape[0]), static_cast<int>(shape[1]), 0};
  } else if (shape.size() == 3 && traits.channel_axis != kMixedAxis) {
    description.kind = DataKind::kFeatureMap;
  }
  return description;
}

}  // namespace deepvision
