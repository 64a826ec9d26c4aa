#include "core/graph/titles.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/graph/operator_arguments.h"

namespace deepvision {
namespace {

struct Convolution {
  bool transposed = false;
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t groups = 1;
  std::vector<int64_t> kernel;

  bool IsDepthwise() const { return groups > 1 && groups == in_channels && groups == out_channels; }
};

// [out, in / groups, kernel…], transposed: [in, out / groups, kernel…].
// Packed (quantised) weights show only their results.
Convolution ReadConvolution(const Dataflow& flow, NodeId id) {
  const Node& node = flow.graph().nodes[id];
  Convolution conv;
  conv.transposed = absl::StrContains(node.op, "transpose");
  const std::vector<int64_t> groups = IntArgument(node, "groups");
  if (!groups.empty()) conv.groups = groups[0];
  const std::vector<int64_t> weight = TensorSizes(flow.graph(), node, "weight");
  if (weight.size() < 3) {
    const std::vector<int64_t>& result = flow.graph().values[flow.at(id).value].sizes;
    if (result.size() > 1) conv.out_channels = result[1];
    return conv;
  }
  conv.in_channels = conv.transposed ? weight[0] : weight[1] * conv.groups;
  conv.out_channels = conv.transposed ? weight[1] * conv.groups : weight[0];
  conv.kernel.assign(weight.begin() + 2, weight.end());
  return conv;
}

// "64 → 128"; only what is known.
std::string FromTo(int64_t from, int64_t to) {
  return from == 0 ? absl::StrCat(to) : absl::StrCat(from, " → ", to);
}

// ", stride 2", ", stride 2×1"; nothing for 1.
std::string Unless1(absl::string_view name, const std::vector<int64_t>& entries) {
  if (AllEqual(entries, 1)) return "";
  const bool square = AllEqual(entries, entries[0]);
  return absl::StrCat(", ", name, " ", square ? absl::StrCat(entries[0]) : Times(entries));
}

std::string ConvolutionTitle(const Dataflow& flow, NodeId id) {
  const Node& node = flow.graph().nodes[id];
  const Convolution conv = ReadConvolution(flow, id);
  const absl::string_view kind = flow.at(id).kind.title;
  const bool grouped = conv.groups > 1 && !conv.IsDepthwise();
  return absl::StrCat(conv.IsDepthwise()
                          ? (conv.transposed ? "Depthwise transposed conv" : "Depthwise conv")
                          : kind,
                      conv.kernel.empty() ? "" : " ", Times(conv.kernel), ", ",
                      conv.IsDepthwise() ? absl::StrCat(conv.out_channels)
                                         : FromTo(conv.in_channels, conv.out_channels),
                      grouped ? absl::StrCat(", ", conv.groups, " groups") : "",
                      Unless1("stride", SpatialArgument(node, "stride")),
                      Unless1("dilation", SpatialArgument(node, "dilation")));
}

std::string LinearTitle(const Dataflow& flow, NodeId id) {
  const OperatorFlow& op = flow.at(id);
  const auto last = [&](ValueId value) {
    const std::vector<int64_t>& sizes = flow.graph().values[value].sizes;
    return sizes.empty() ? 0 : sizes.back();
  };
  return absl::StrCat(op.kind.title, " ", FromTo(last(op.sources[0]), last(op.value)));
}

std::string PoolingTitle(const Dataflow& flow, NodeId id) {
  const Node& node = flow.graph().nodes[id];
  const absl::string_view kind = flow.at(id).kind.title;
  const std::vector<int64_t> output = SpatialArgument(node, "output_size");
  if (absl::StartsWith(kind, "Adaptive")) {
    if (!AllEqual(output, 1)) return absl::StrCat(kind, " ", Times(output));
    return kind == "Adaptive max pool" ? "Global max pool" : "Global average pool";
  }
  const std::vector<int64_t> kernel = SpatialArgument(node, "kernel_size");
  std::vector<int64_t> stride = SpatialArgument(node, "stride");
  if (stride.empty()) stride = kernel;
  return absl::StrCat(kind, kernel.empty() ? "" : " ", Times(kernel), Unless1("stride", stride));
}

// The mean over height and width of [N, C, H, W] is a global pooling.
bool IsOverPicture(const Dataflow& flow, NodeId id) {
  std::vector<int64_t> axes = IntArgument(flow.graph().nodes[id], "dim");
  for (int64_t& axis : axes) axis += axis < 0 ? 4 : 0;
  std::sort(axes.begin(), axes.end());
  return axes == std::vector<int64_t>{2, 3} &&
         flow.graph().values[flow.at(id).sources[0]].sizes.size() == 4;
}

std::string ReductionTitle(const Dataflow& flow, NodeId id) {
  const absl::string_view kind = flow.at(id).kind.title;
  if (!IsOverPicture(flow, id)) return std::string(kind);
  if (kind == "Mean") return "Global average pool";
  return kind == "Maximum" ? "Global max pool" : absl::StrCat(kind, " over the picture");
}

std::string ResampleTitle(const Dataflow& flow, NodeId id) {
  const Node& node = flow.graph().nodes[id];
  const absl::string_view kind = flow.at(id).kind.title;
  const std::vector<int64_t>& sizes = flow.graph().values[flow.at(id).value].sizes;
  if (!absl::StartsWith(node.op, "upsample") || sizes.size() < 3) return std::string(kind);
  return absl::StrCat(kind, " to ", Times({sizes.begin() + 2, sizes.end()}));
}

// The sizes of a query are [N, heads, T, features].
std::string AttentionTitle(const Dataflow& flow, NodeId id) {
  const Node& node = flow.graph().nodes[id];
  const std::vector<int64_t> query = TensorSizes(flow.graph(), node, "query");
  std::vector<int64_t> heads = IntArgument(node, "num_heads");
  if (heads.empty()) heads = IntArgument(node, "num_head");
  if (heads.empty() && query.size() == 4) heads = {query[1]};
  const absl::string_view kind = flow.at(id).kind.title;
  return heads.empty() ? std::string(kind) : absl::StrCat(kind, ", ", heads[0], " heads");
}

std::string NormalizationTitle(const Dataflow& flow, NodeId id) {
  const Node& node = flow.graph().nodes[id];
  const absl::string_view kind = flow.at(id).kind.title;
  const std::vector<int64_t> groups = IntArgument(node, "num_groups");
  if (!groups.empty()) return absl::StrCat(kind, ", ", groups[0], " groups");
  std::vector<int64_t> sizes = IntArgument(node, "normalized_shape");
  if (sizes.empty()) sizes = TensorSizes(flow.graph(), node, "weight");
  return sizes.empty() ? std::string(kind) : absl::StrCat(kind, ", ", Times(sizes));
}

std::string ArithmeticTitle(const Dataflow& flow, NodeId id) {
  const OperatorFlow& op = flow.at(id);
  const std::string& name = flow.graph().nodes[id].op;
  if (op.sources.size() > 1) return std::string(op.kind.title);
  if (name == "add" || name == "sub" || name == "rsub") return "Shift";
  if (name == "mul" || name == "div" || name == "true_divide") return "Scale";
  return std::string(op.kind.title);
}

std::string EmbeddingTitle(const Dataflow& flow, NodeId id) {
  const std::vector<int64_t> weight = TensorSizes(flow.graph(), flow.graph().nodes[id], "weight");
  if (weight.size() != 2) return "Embedding";
  return absl::StrCat("Embedding ", FromTo(weight[0], weight[1]));
}

// "my_operator" -> "My operator".
std::string Humanized(const std::string& op) {
  std::string title = absl::StrReplaceAll(op, {{"_", " "}});
  if (!title.empty())
    title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
  return title;
}

// How a run is organised, not what it computes.
bool IsOfInterest(const NamedArgument& named) {
  static constexpr std::array<absl::string_view, 19> kHidden = {
      "allow_tf32",    "benchmark",  "cudnn_enabled", "deterministic",  "device",
      "dtype",         "enable_gqa", "input",         "is_causal",      "layout",
      "memory_format", "momentum",   "non_blocking",  "output_padding", "pin_memory",
      "self",          "train",      "training",      "transposed"};
  return !named.name.empty() &&
         std::find(kHidden.begin(), kHidden.end(), named.name) == kHidden.end();
}

bool IsDefault(absl::string_view name, absl::string_view text) {
  return text.empty() || text == "false" || (name == "alpha" && text == "1");
}

}  // namespace

std::string OperatorTitle(const Dataflow& flow, NodeId node) {
  const OperatorFlow& op = flow.at(node);
  switch (op.kind.family) {
    case OperatorFamily::kConvolution:
      return ConvolutionTitle(flow, node);
    case OperatorFamily::kLinear:
      return LinearTitle(flow, node);
    case OperatorFamily::kPooling:
      return PoolingTitle(flow, node);
    case OperatorFamily::kReduction:
      return ReductionTitle(flow, node);
    case OperatorFamily::kResample:
      return ResampleTitle(flow, node);
    case OperatorFamily::kAttention:
      return AttentionTitle(flow, node);
    case OperatorFamily::kNormalization:
      return NormalizationTitle(flow, node);
    case OperatorFamily::kArithmetic:
      return ArithmeticTitle(flow, node);
    case OperatorFamily::kEmbedding:
      return EmbeddingTitle(flow, node);
    case OperatorFamily::kUnknown:
      return Humanized(flow.graph().nodes[node].op);
    default:
      return std::string(op.kind.title);
  }
}

std::map<std::string, std::string> OperatorAttributes(const Dataflow& flow, NodeId id) {
  const Node& node = flow.graph().nodes[id];
  const OperatorFamily family = flow.at(id).kind.family;
  const bool spatial = family == OperatorFamily::kConvolution || family == OperatorFamily::kPooling;
  std::map<std::string, std::string> attributes;
  for (const NamedArgument& named : node.arguments) {
    if (!IsOfInterest(named)) continue;
    const std::vector<int64_t> entries = SpatialArgument(node, named.name);
    const bool as_size = spatial && named.name != "groups" && !entries.empty();
    const std::optional<std::string> text = as_size ? Times(entries) : ConstantText(named.argument);
    if (text && !IsDefault(named.name, *text)) attributes[named.name] = *text;
  }
  if (family != OperatorFamily::kConvolution) return attributes;
  const Convolution conv = ReadConvolution(flow, id);
  if (!conv.kernel.empty()) attributes["kernel_size"] = Times(conv.kernel);
  if (conv.in_channels != 0) attributes["in_channels"] = absl::StrCat(conv.in_channels);
  attributes["out_channels"] = absl::StrCat(conv.out_channels);
  return attributes;
}

}  // namespace deepvision
