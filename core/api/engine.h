// Engine is the only door between the transport (server/) and the devices
// (core/). It speaks in names, host memory and absl::Status; it shows neither
// torch nor protobuf.
//
// Threading: every method is thread-safe and returns without waiting for a
// device or a disk. Callbacks and sinks are called from threads of the engine
// (or from the calling thread, before the method returns, when the answer is
// known at once) and must not block.
//
// Errors, for every method:
//   kInvalidArgument    wrong whatever the state; the text names the field
//   kNotFound           unknown id; the text names the nearest valid ids
//   kOutOfRange         an index past the end
//   kFailedPrecondition the network failed to load, has changed, or has no such
//                       output
//   kResourceExhausted  a queue or a limit; the caller may retry
//   kUnavailable        the network is loading, or the engine stops; retry
//   kCancelled          the token was raised
//   kInternal           our bug
// Texts are for clients: they hold no path, pointer or exception of ours.
// Machine-readable reasons ride on the status as a payload, see
// core/api/error.h.
#ifndef DEEPVISION_CORE_API_ENGINE_H_
#define DEEPVISION_CORE_API_ENGINE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/api/activation.h"
#include "core/api/callback.h"
#include "core/api/cancellation.h"
#include "core/api/dataset.h"
#include "core/api/live.h"
#include "core/api/manifest.h"
#include "core/api/network.h"
#include "core/api/statistics.h"
#include "core/api/topology.h"
#include "core/api/types.h"
#include "core/api/visualization_engine.h"

namespace deepvision {

struct DeviceInfo {
  std::string name;
  int threads = 0;
  uint64_t memory_bytes = 0;
};

struct EngineInfo {
  std::string libtorch_version;
  std::vector<DeviceInfo> devices;
  std::vector<Numerics> numerics;
  uint64_t max_image_pixels = 0;
  uint32_t max_queued_requests = 0;
  uint64_t cache_bytes = 0;           // of layers of recent inputs
  uint64_t input_cache_bytes = 0;     // of recent inputs
  uint64_t max_upload_bytes = 0;      // of StoreInput
  uint64_t request_memory_bytes = 0;  // of layers that wait for their readers
  uint64_t state_bytes = 0;           // of visualizations on disk; 0: kept in memory only
};

// What a reload does to a network.
enum class NetworkChangeKind { kUnchanged, kAdded, kReplaced, kRemoved };

struct NetworkChange {
  std::string network;
  NetworkChangeKind kind = NetworkChangeKind::kUnchanged;
};

enum class CacheScope { kAll, kActivations, kInputs };

class Engine {
 public:
  virtual ~Engine() = default;

  virtual EngineInfo Info() const = 0;
  virtual EngineStatistics Statistics() const = 0;
  // Drops what the cache holds; what requests use goes when they are done.
  virtual void ClearCache(CacheScope scope) = 0;

  // In manifest order, in every state.
  virtual std::vector<NetworkInfo> ListNetworks() const = 0;
  virtual absl::StatusOr<NetworkInfo> GetNetwork(absl::string_view id) const = 0;
  // As GetNetwork, but once the network is no longer loading.
  virtual void WaitForNetwork(absl::string_view id, CancellationToken cancelled,
                              Callback<NetworkInfo> done) = 0;

  virtual void GetTopology(TopologyQuery query, CancellationToken cancelled,
                           Callback<std::shared_ptr<const Topology>> done) = 0;
  virtual void GetHistograms(HistogramQuery query, CancellationToken cancelled,
                             Callback<std::vector<Histogram>> done) = 0;
  virtual void GetWeights(WeightsQuery query, CancellationToken cancelled,
                          Callback<std::vector<WeightTensor>> done) = 0;

  // Runs one forward pass and hands each layer to `sink` as soon as it has
  // reached host memory. Every outcome is reported through `sink->OnDone`.
  virtual void StreamActivations(ActivationQuery query, std::shared_ptr<ActivationSink> sink,
                                 CancellationToken cancelled) = 0;
  // Many frames, one after the other; see core/api/live.h. The sink hears of every
  // outcome.
  virtual std::shared_ptr<LiveSession> OpenLive(std::shared_ptr<LiveSink> sink,
                                                CancellationToken cancelled) = 0;
  virtual void Classify(ClassifyQuery query, CancellationToken cancelled,
                        Callback<Classification> done) = 0;

  virtual std::vector<DatasetInfo> ListDatasets() const = 0;
  virtual std::vector<NoiseGeneratorInfo> ListNoiseGenerators() const = 0;
  virtual void StreamImages(ImagesQuery query, std::shared_ptr<PictureSink> sink,
                            CancellationToken cancelled) = 0;
  virtual void ResolveInput(InputQuery query, CancellationToken cancelled,
                            Callback<ResolvedInput> done) = 0;
  // Remembers an input, whose digest then is an input itself (InputByDigest)
  // until it is forgotten. Its picture is not decoded.
  virtual void StoreInput(Input input, CancellationToken cancelled, Callback<std::string> done) = 0;

  // Feature visualization; null: this engine offers none. Lives as long as the
  // engine.
  virtual VisualizationEngine* visualizations() { return nullptr; }

  // Serves these networks from now on. Those whose manifest and file are as before
  // go on undisturbed; the others are opened, in this order; requests that run keep
  // the networks they have. kResourceExhausted while another replacement runs.
  virtual void ReplaceNetworks(std::vector<NetworkManifest> networks,
                               Callback<std::vector<NetworkChange>> done) = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_ENGINE_H_
