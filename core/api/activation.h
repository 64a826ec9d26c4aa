// Queries and results of activations and predictions; the field comments of
// deepvision/v1/activation.proto are the specification.
#ifndef DEEPVISION_CORE_API_ACTIVATION_H_
#define DEEPVISION_CORE_API_ACTIVATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/api/host_buffer.h"
#include "core/api/input.h"
#include "core/api/types.h"

namespace deepvision {

enum class ActivationEncoding { kFloat32, kFloat16, kUint8, kPng };
// kSmoothed: in live sessions only.
enum class ValueRange { kLayer, kChannel, kSymmetric, kFixed, kSmoothed };
enum class ActivationLayout { kChannels, kAtlas };

struct FixedRange {
  float minimum = 0;
  float maximum = 1;
};

// How one layer is written.
struct EncodingOptions {
  ActivationEncoding encoding = ActivationEncoding::kFloat32;
  ValueRange range = ValueRange::kLayer;
  FixedRange fixed_range;     // for ValueRange::kFixed
  std::vector<int> channels;  // empty: all, in their order
  int max_side = 0;           // 0: never reduce
  ActivationLayout layout = ActivationLayout::kChannels;
  int max_sheet_side = 4096;
  int gutter = 0;
  RowOrder row_order = RowOrder::kTopDown;
  bool statistics = false;
};

struct LayerSelection {
  std::string pattern;  // id or glob
  EncodingOptions options;
};

struct ActivationQuery {
  std::string network;
  Input input;
  std::vector<LayerSelection> layers;  // empty: all shown layers, `defaults`
  EncodingOptions defaults;
  bool prediction = false;
  Numerics numerics = Numerics::kDefault;
  std::string expected_digest;
  bool wait_until_ready = false;
};

struct ResolvedLayer {
  std::string id;
  std::optional<uint64_t> byte_count;
};

struct ActivationHeader {
  std::string network;
  std::string network_digest;
  std::string input_digest;
  ProducedBy produced_by;
  std::vector<ResolvedLayer> layers;
};

// One entry, or one per channel.
struct Quantization {
  ValueRange range = ValueRange::kLayer;
  std::vector<float> minimum;
  std::vector<float> maximum;
  std::vector<float> scale;
  std::vector<uint32_t> zero_code;
};

struct ChannelStatistics {
  float minimum = 0;
  float maximum = 0;
  float mean = 0;
  float standard_deviation = 0;
  float positive_fraction = 0;
};

struct SheetGeometry {
  int sheet_count = 0;
  int sheet_width = 0;
  int sheet_height = 0;
  int columns = 0;
  int rows = 0;
  int tile_width = 0;
  int tile_height = 0;
  int gutter = 0;
};

// The bytes of a layer with what they mean. What core/activation makes of a
// tensor; the engine adds the id.
struct EncodedLayer {
  DataKind kind = DataKind::kOther;
  Shape shape;       // as sent
  Shape full_shape;  // in the network
  ActivationEncoding encoding = ActivationEncoding::kFloat32;
  std::optional<Quantization> quantization;
  std::vector<ChannelStatistics> statistics;
  std::optional<SheetGeometry> sheet;
  std::vector<uint64_t> part_bytes;  // PNG: length of each picture
  uint64_t nan_count = 0;
  uint64_t infinite_count = 0;
  std::vector<int> channels;
  HostBuffer bytes;
  uint32_t crc32 = 0;  // zlib's polynomial, over `bytes`
};

struct LayerActivation {
  std::string id;
  std::optional<int> node_index;  // in the LAYERS view
  std::optional<TokenGrid> token_grid;
  EncodedLayer data;
};

struct ClassScore {
  int index = 0;
  std::string name;
  std::optional<float> logit;
  float probability = 0;
};

// Sorted by falling probability; equal ones by index.
struct Prediction {
  std::vector<ClassScore> classes;
};

struct ClassifyQuery {
  std::string network;
  Input input;
  int top_k = 10;
  Numerics numerics = Numerics::kDefault;
  std::string expected_digest;
  bool wait_until_ready = false;
};

struct Classification {
  Prediction prediction;
  std::string network_digest;
  std::string input_digest;
  ProducedBy produced_by;
  absl::Duration compute_time;
};

// Receives one activation stream. Calls of On… come one at a time, from threads of
// the engine, in the order of StreamActivationsResponse, and must not block.
//
// Back-pressure: the engine encodes a layer at once while the sink is a little
// ahead of its reader, else when the sink asks for more; the device never waits.
class ActivationSink {
 public:
  virtual ~ActivationSink() = default;

  // First, unless the call fails before.
  virtual void OnHeader(const ActivationHeader& header) = 0;
  // In execution order, each as soon as it exists.
  virtual void OnLayer(LayerActivation layer) = 0;
  // When asked for.
  virtual void OnPrediction(Prediction prediction) = 0;
  // Last, exactly once; OK when all that the header announced was sent.
  virtual void OnDone(absl::Status status) = 0;

  // Bytes that the sink was given and its reader has not taken. Thread-safe.
  virtual uint64_t BytesAhead() const = 0;
  // Calls `resume` as soon as BytesAhead() is at most `bytes`, perhaps before it
  // returns and perhaps from a thread of the transport. One call waits at a time.
  // When the reader goes, `resume` is dropped without a call: what it holds must
  // report from its destructor. Thread-safe.
  virtual void WhenTaken(uint64_t bytes, absl::AnyInvocable<void() &&> resume) = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_ACTIVATION_H_
