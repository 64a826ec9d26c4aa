// What the engine says about a network; see deepvision/v1/network.proto.
#ifndef DEEPVISION_CORE_API_NETWORK_H_
#define DEEPVISION_CORE_API_NETWORK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/api/host_buffer.h"
#include "core/api/input.h"
#include "core/api/manifest.h"
#include "core/api/topology.h"
#include "core/api/types.h"

namespace deepvision {

// LOADING -> READY or FAILED.
enum class NetworkState { kLoading, kReady, kFailed };

struct NetworkInfo {
  std::string id;
  std::string title;
  std::string description;
  NetworkState state = NetworkState::kLoading;
  std::string failure;
  std::vector<std::string> warnings;
  Task task = Task::kGuess;
  Preprocessing input;
  bool fixed_input_size = false;
  ScoreActivation score_activation = ScoreActivation::kGuess;
  int layer_count = 0;
  int64_t channel_count = 0;
  int64_t parameter_count = 0;
  std::string device;
  std::string digest;
  std::vector<std::string> class_names;
  Numerics default_numerics = Numerics::kExact;
};

struct TopologyQuery {
  std::string network;
  TopologyView view = TopologyView::kLayers;
  int height = 0;  // 0: the network's own size
  int width = 0;
  bool omit_markers = false;
  bool wait_until_ready = false;
};

enum class HistogramSource { kWeights, kActivations };

struct HistogramQuery {
  std::string network;
  HistogramSource source = HistogramSource::kWeights;
  Input input;
  std::vector<std::string> layers;  // ids or globs; empty: all shown layers
  bool per_channel = false;
  int bins = 16;
  bool wait_until_ready = false;
};

// Equal-width bins; see deepvision.v1.Histogram.
struct Histogram {
  std::string layer;
  std::string parameter;
  std::optional<int> channel;
  std::vector<double> edges;  // bins + 1
  std::vector<uint64_t> counts;
  uint64_t nan_count = 0;
  uint64_t infinite_count = 0;
};

struct WeightsQuery {
  std::string network;
  std::string layer;
  bool wait_until_ready = false;
};

// A parameter or buffer as float32, C-contiguous.
struct WeightTensor {
  std::string name;
  std::string argument;
  Shape shape;
  std::string dtype;
  HostBuffer bytes;
  uint32_t crc32 = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_NETWORK_H_
