// An Engine without a device, for tests of the transport and of clients: its
// networks exist only on paper (tests/support/fake_network.h) and it does what
// the test says: hold layers back, fail in mid-stream, keep calls waiting.
//
//   FakeEngine engine;
//   engine.HoldLayersAfter(1);      // streams stop after one layer
//   …
//   engine.ReleaseLayers();         // and go on
//
// Networks: "tiny_resnet" (READY), "wide" (READY, one layer of 8 MiB),
// "loading" (LOADING until FinishLoading), "broken" (FAILED). Dataset "shapes"
// has six pictures.
//
// Threading: thread-safe. Answers come on the calling thread, held ones on the
// thread that releases them.
#ifndef DEEPVISION_TESTS_SUPPORT_FAKE_ENGINE_H_
#define DEEPVISION_TESTS_SUPPORT_FAKE_ENGINE_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "core/api/engine.h"
#include "tests/support/fake_visualizations.h"

namespace deepvision {

class FakeEngine : public Engine {
 public:
  FakeEngine();
  ~FakeEngine() override;

  // Layers of each stream that leave at once; the rest waits for ReleaseLayers.
  void HoldLayersAfter(int layers);
  void ReleaseLayers();
  // Streams of activations end with `status` after this many layers.
  void FailAfter(int layers, absl::Status status);
  // Frames of live sessions wait until they are released.
  void HoldFrames();
  // Waits for a frame that waits, and lets it go. False when none comes in 20 s.
  bool ReleaseFrame();
  // Frames that ran so far.
  int frames_run() const { return frames_run_.load(); }
  // Lets all go, and holds none any more.
  void ReleaseFrames();
  // Classify waits for ReleaseCalls.
  void HoldCalls();
  void ReleaseCalls();
  // Destroys the callbacks of the calls that wait, without calling them.
  void DropCalls();
  // "loading" becomes READY; who waits for it hears so.
  void FinishLoading();

  // Tokens of the streams of activations and classifications so far.
  std::vector<CancellationToken> tokens() const;
  // Payloads of layers that somebody still holds.
  int64_t live_payloads() const { return live_payloads_->load(); }

  static constexpr uint64_t kMaxUploadBytes = uint64_t{1} << 20;
  // What StoreInput was given.
  std::vector<Input> stored_inputs() const;

  EngineInfo Info() const override;
  // Held streams and calls stand in the interactive queue.
  EngineStatistics Statistics() const override;
  void ClearCache(CacheScope scope) override;
  // What ClearCache was asked for.
  std::vector<CacheScope> cleared() const;
  std::vector<NetworkInfo> ListNetworks() const override;
  absl::StatusOr<NetworkInfo> GetNetwork(absl::string_view id) const override;
  void WaitForNetwork(absl::string_view id, CancellationToken cancelled,
                      Callback<NetworkInfo> done) override;
  void GetTopology(TopologyQuery query, CancellationToken cancelled,
                   Callback<std::shared_ptr<const Topology>> done) override;
  void GetHistograms(HistogramQuery query, CancellationToken cancelled,
                     Callback<std::vector<Histogram>> done) override;
  void GetWeights(WeightsQuery query, CancellationToken cancelled,
                  Callback<std::vector<WeightTensor>> done) override;
  void StreamActivations(ActivationQuery query, std::shared_ptr<ActivationSink> sink,
                         CancellationToken cancelled) override;
  std::shared_ptr<LiveSession> OpenLive(std::shared_ptr<LiveSink> sink,
                                        CancellationToken cancelled) override;
  void Classify(ClassifyQuery query, CancellationToken cancelled,
                Callback<Classification> done) override;
  std::vector<DatasetInfo> ListDatasets() const override;
  std::vector<NoiseGeneratorInfo> ListNoiseGenerators() const override;
  void StreamImages(ImagesQuery query, std::shared_ptr<PictureSink> sink,
                    CancellationToken cancelled) override;
  void ResolveInput(InputQuery query, CancellationToken cancelled,
                    Callback<ResolvedInput> done) override;
  VisualizationEngine* visualizations() override { return &visualizations_; }
  FakeVisualizations& fake_visualizations() { return visualizations_; }
  void StoreInput(Input input, CancellationToken cancelled, Callback<std::string> done) override;
  // Every network stays; what is named and is none of them counts as added.
  void ReplaceNetworks(std::vector<NetworkManifest> networks,
                       Callback<std::vector<NetworkChange>> done) override;

 private:
  class FrameWorker;  // of one live session
  struct Network {
    NetworkInfo info;
    std::shared_ptr<const Topology> topology;
  };
  // One stream of activations, some of whose layers are held.
  struct Stream {
    ActivationQuery query;
    Network network;
    std::vector<LayerSelection> layers;
    std::shared_ptr<ActivationSink> sink;
    CancellationToken cancelled;
    std::optional<std::pair<int, absl::Status>> fail_after;
    size_t next = 0;
  };

  absl::StatusOr<Network> FindReady(absl::string_view id) const;
  absl::StatusOr<int> CountUnits(const VisualizationSpec& spec) const;
  absl::StatusOr<std::vector<LayerSelection>> Resolve(const Network& network,
                                                      const ActivationQuery& query) const;
  void Pump(const std::shared_ptr<Stream>& stream, int layers);
  LayerActivation MakeLayer(const Stream& stream, size_t index) const;
  HostBuffer Count(HostBuffer buffer) const;

  const std::shared_ptr<std::atomic<int64_t>> live_payloads_ =
      std::make_shared<std::atomic<int64_t>>(0);
  std::atomic<int> frames_run_ = 0;
  mutable absl::Mutex mutex_;
  std::vector<Network> networks_ ABSL_GUARDED_BY(mutex_);
  std::vector<CancellationToken> tokens_ ABSL_GUARDED_BY(mutex_);
  std::vector<Callback<NetworkInfo>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Stream>> held_streams_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::function<void()>> held_calls_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::function<void()>> held_frames_ ABSL_GUARDED_BY(mutex_);
  bool hold_frames_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<int> hold_after_ ABSL_GUARDED_BY(mutex_);
  std::optional<std::pair<int, absl::Status>> fail_after_ ABSL_GUARDED_BY(mutex_);
  std::vector<CacheScope> cleared_ ABSL_GUARDED_BY(mutex_);
  std::vector<Input> stored_inputs_ ABSL_GUARDED_BY(mutex_);
  bool hold_calls_ ABSL_GUARDED_BY(mutex_) = false;
  FakeVisualizations visualizations_;
};

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_FAKE_ENGINE_H_
