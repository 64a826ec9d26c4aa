#include "tests/support/fake_network.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/digest.h"

namespace deepvision {
namespace {

// Adds nodes in execution order and places them.
class TopologyBuilder {
 public:
  int Add(TopologyNode node) {
    for (int p : node.predecessors) {
      node.stage = std::max(node.stage, topology_.nodes[p].stage + 1);
    }
    if (node.kind == NodeKind::kMarker && !topology_.nodes.empty()) {
      node.stage = topology_.nodes.back().stage + 1;
    }
    topology_.nodes.push_back(std::move(node));
    return static_cast<int>(topology_.nodes.size()) - 1;
  }

  int Chain(const std::string& id, const std::string& title, const std::string& head, Shape shape,
            std::vector<int> predecessors, std::vector<std::string> members) {
    TopologyNode node;
    node.id = id;
    node.title = title;
    node.head = head;
    node.module_path = id.substr(0, id.find('@'));
    node.module_class = head == "conv2d" || head == "add" ? "ReLU" : "Linear";
    node.members = std::move(members);
    node.data_kind = shape.size() == 3 ? DataKind::kFeatureMap : DataKind::kVector;
    node.shape = std::move(shape);
    node.dtype = "float32";
    node.predecessors = std::move(predecessors);
    node.has_weights = head == "conv2d" || head == "linear";
    node.parameter_count = node.has_weights ? 9 * node.shape[0] : 0;
    if (head == "conv2d") node.attributes = {{"kernel_size", "3x3"}, {"padding", "1x1"}};
    node.can_visualize = true;
    return Add(std::move(node));
  }

  void Group(const std::string& path, const std::string& module_class, const std::string& parent,
             int first, int last, int repeat) {
    topology_.groups.push_back({path, module_class, path, parent, first, last, repeat});
  }

  Topology Build() {
    for (const TopologyNode& node : topology_.nodes) {
      topology_.stage_count = std::max(topology_.stage_count, node.stage + 1);
      topology_.lane_count = std::max(topology_.lane_count, node.lane + 1);
    }
    return std::move(topology_);
  }

  const Shape& shape(int index) const { return topology_.nodes[index].shape; }

 private:
  Topology topology_;
};

TopologyNode InputNode(Shape shape) {
  TopologyNode node;
  node.id = "input";
  node.title = "Input";
  node.kind = NodeKind::kInput;
  node.data_kind = DataKind::kFeatureMap;
  node.shape = std::move(shape);
  node.dtype = "float32";
  return node;
}

TopologyNode MarkerNode(const std::string& path) {
  TopologyNode node;
  node.id = absl::StrCat("marker:", path);
  node.title = path;
  node.kind = NodeKind::kMarker;
  node.module_path = path;
  return node;
}

// conv, conv, add: two nodes and the skip connection beside the second one.
int AddBlock(TopologyBuilder* builder, const std::string& path, int64_t channels, int64_t size,
             int previous, bool markers) {
  if (markers) {
    TopologyNode marker = MarkerNode(path);
    marker.predecessors = {previous};
    previous = builder->Add(std::move(marker));
  }
  const Shape shape = {channels, size, size};
  const int first =
      builder->Chain(absl::StrCat(path, ".0.relu"), absl::StrCat("Conv 3x3, ", channels), "conv2d",
                     shape, {previous},
                     {absl::StrCat(path, ".0.conv1"), absl::StrCat(path, ".0.bn1"),
                      absl::StrCat(path, ".0.relu")});
  TopologyNode skip;
  skip.id = absl::StrCat(path, ".0/skip");
  skip.title = "Skip";
  skip.kind = NodeKind::kPassThrough;
  skip.data_kind = DataKind::kFeatureMap;
  skip.shape = shape;
  skip.dtype = "float32";
  skip.predecessors = {previous};
  skip.stage = 0;
  skip.lane = 1;
  const int branch = builder->Add(std::move(skip));
  const int last =
      builder->Chain(absl::StrCat(path, ".0.relu@1"), "Add", "add", shape, {first, branch},
                     {absl::StrCat(path, ".0/add"), absl::StrCat(path, ".0.relu@1")});
  builder->Group(path, "Sequential", "", markers ? previous : first, last, 1);
  builder->Group(absl::StrCat(path, ".0"), "BasicBlock", path, first, last, 1);
  return last;
}

TopologyNode ProbabilitiesNode(int scores, int64_t classes) {
  TopologyNode node;
  node.id = "probabilities";
  node.title = "Probabilities";
  node.head = "softmax";
  node.kind = NodeKind::kDerived;
  node.data_kind = DataKind::kVector;
  node.shape = {classes};
  node.dtype = "float32";
  node.predecessors = {scores};
  node.units_are_classes = true;
  node.role = NodeRole::kProbabilities;
  return node;
}

int64_t Count(const Shape& shape) {
  int64_t count = 1;
  for (int64_t size : shape) count *= size;
  return count;
}

}  // namespace

Topology MakeFakeTopology(bool omit_markers) {
  TopologyBuilder builder;
  int last = builder.Add(InputNode({3, 64, 64}));
  last = builder.Chain("relu", "Conv 7x7, 16", "conv2d", {16, 32, 32}, {last},
                       {"conv1", "bn1", "relu"});
  last = builder.Chain("maxpool", "Max pool", "max_pool2d", {16, 16, 16}, {last}, {"maxpool"});
  int64_t channels = 16;
  int64_t size = 16;
  for (const char* path : {"layer1", "layer2", "layer3", "layer4"}) {
    last = AddBlock(&builder, path, channels, size, last, !omit_markers);
    channels *= 2;
    size /= 2;
  }
  last = builder.Chain("avgpool", "Average pool", "adaptive_avg_pool2d", {128, 1, 1}, {last},
                       {"avgpool"});
  last = builder.Chain("fc", "Linear, 10", "linear", {10}, {last}, {"fc"});
  Topology topology = [&] {
    builder.Add(ProbabilitiesNode(last, 10));
    return builder.Build();
  }();
  topology.nodes[last].role = NodeRole::kScores;
  topology.nodes[last].units_are_classes = true;
  return topology;
}

Topology MakeWideTopology() {
  TopologyBuilder builder;
  const int input = builder.Add(InputNode({3, 64, 64}));
  builder.Chain("conv", "Conv 3x3, 512", "conv2d", {512, 64, 64}, {input}, {"conv"});
  return builder.Build();
}

NetworkInfo MakeFakeNetworkInfo(const std::string& id, const Topology& topology) {
  NetworkInfo info;
  info.id = id;
  info.title = absl::StrCat("Network ", id);
  info.description = "Numbers made by a formula.";
  info.state = NetworkState::kReady;
  info.task = Task::kClassification;
  info.input.channels = 3;
  info.input.height = 64;
  info.input.width = 64;
  info.input.mean = {0.5F, 0.5F, 0.5F};
  info.input.std = {0.25F, 0.25F, 0.25F};
  info.score_activation = ScoreActivation::kSoftmax;
  info.device = "cpu";
  info.digest = std::string(64, id.empty() ? '0' : "0123456789abcdef"[id.size() % 16]);
  for (const TopologyNode& node : topology.nodes) {
    if (node.data_kind == DataKind::kNone) continue;
    ++info.layer_count;
    info.channel_count += node.shape[0];
    info.parameter_count += node.parameter_count;
  }
  for (int i = 0; i < 10; ++i) info.class_names.push_back(absl::StrCat("class ", i));
  return info;
}

// Waves whose direction and length depend on the channel; at the input's salt 0
// they are the same in every run.
std::vector<float> MakeFakeValues(const TopologyNode& node, uint64_t salt) {
  std::vector<float> values(Count(node.shape));
  const int64_t channels = node.shape.empty() ? 1 : node.shape[0];
  const int64_t width = node.shape.size() == 3 ? node.shape[2] : 1;
  const int64_t plane = static_cast<int64_t>(values.size()) / std::max<int64_t>(channels, 1);
  const bool rectified = node.module_class == "ReLU";
  for (int64_t c = 0; c < channels; ++c) {
    const float phase = 0.7F * static_cast<float>(c) + 0.3F * static_cast<float>(salt % 97);
    const float dx = 0.15F + 0.05F * static_cast<float>(c % 7);
    const float dy = 0.10F + 0.05F * static_cast<float>(c % 5);
    for (int64_t i = 0; i < plane; ++i) {
      const float wave =
          std::sin(phase + dx * static_cast<float>(i % width) + dy * static_cast<float>(i / width));
      values[c * plane + i] = rectified ? std::max(wave, 0.0F) : wave;
    }
  }
  return values;
}

std::vector<Histogram> MakeFakeHistograms(const Topology& topology, const HistogramQuery& query) {
  std::vector<Histogram> histograms;
  for (const TopologyNode& node : topology.nodes) {
    if (node.kind != NodeKind::kChain) continue;
    Histogram histogram;
    histogram.layer = node.id;
    if (query.source == HistogramSource::kWeights) histogram.parameter = node.id + ".weight";
    for (int i = 0; i <= query.bins; ++i) histogram.edges.push_back(i - query.bins / 2.0);
    for (int i = 0; i < query.bins; ++i) histogram.counts.push_back(i + 1);
    histograms.push_back(std::move(histogram));
  }
  return histograms;
}

WeightTensor MakeFakeWeights(const TopologyNode& node) {
  WeightTensor tensor{node.id + ".weight", "weight", {node.shape[0], 3, 3, 3}, "float32", {}, 0};
  std::vector<uint8_t> bytes(node.shape[0] * 27 * sizeof(float));
  for (size_t i = 0; i < bytes.size() / sizeof(float); ++i) {
    const float value = static_cast<float>(i) / 100;
    std::memcpy(bytes.data() + i * sizeof(float), &value, sizeof(value));
  }
  tensor.crc32 = Crc32(bytes.data(), bytes.size());
  tensor.bytes = HostBuffer(std::move(bytes));
  return tensor;
}

}  // namespace deepvision
