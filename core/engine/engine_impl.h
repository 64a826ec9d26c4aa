// The Engine: finds what a request names and sends the work to the right thread.
//
// Threads: the device worker (one thread; runs torch on the device: opens
// networks from its background queue, computes from its interactive queue), the
// host pool (decodes and prepares pictures) and the reader of model files.
#ifndef DEEPVISION_CORE_ENGINE_ENGINE_IMPL_H_
#define DEEPVISION_CORE_ENGINE_ENGINE_IMPL_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "core/api/engine.h"
#include "core/base/byte_budget.h"
#include "core/base/core_budget.h"
#include "core/base/executor.h"
#include "core/base/timer.h"
#include "core/dataset/dataset_registry.h"
#include "core/engine/compute_context.h"
#include "core/engine/create_engine.h"
#include "core/engine/engine_visualizations.h"
#include "core/engine/forward_passes.h"
#include "core/engine/layer_delivery.h"
#include "core/engine/model_reader.h"
#include "core/engine/network.h"
#include "core/engine/network_list.h"
#include "core/engine/reply.h"
#include "core/engine/visualization_jobs.h"
#include "core/engine/visualization_source.h"
#include "core/input/input_cache.h"
#include "core/input/prepare_input.h"
#include "core/store/visualization_store.h"

namespace deepvision {

// Where an engine runs its work; tests pass executors of their own.
struct EngineExecutors {
  std::unique_ptr<Executor> device;
  std::unique_ptr<Executor> host;
  int host_threads = 1;
  std::shared_ptr<CoreBudget> cores;  // that both draw from; may be null
  std::unique_ptr<Executor> readers = std::make_unique<InlineExecutor>();  // of model files
  std::unique_ptr<Timer> timer = std::make_unique<ThreadTimer>();          // of watchers
};

class EngineImpl : public Engine {
 public:
  // `options.device` must be resolved and the datasets opened.
  // Without a store, visualizations are kept in memory.
  EngineImpl(EngineOptions options, DatasetRegistry datasets, EngineExecutors executors,
             std::shared_ptr<VisualizationStore> store = nullptr);
  ~EngineImpl() override;

  EngineInfo Info() const override;
  EngineStatistics Statistics() const override;
  void ClearCache(CacheScope scope) override;
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
  void StoreInput(Input input, CancellationToken cancelled, Callback<std::string> done) override;
  VisualizationEngine* visualizations() override { return &visualizations_; }
  void ReplaceNetworks(std::vector<NetworkManifest> networks,
                       Callback<std::vector<NetworkChange>> done) override;

 private:
  std::vector<NetworkChange> Reload(std::vector<NetworkManifest> manifests);
  void StartOpening(const std::shared_ptr<Network>& network);
  void Open(const std::shared_ptr<Network>& network, ModelReader::Result file);
  void PostBackground(const std::shared_ptr<Network>& network, Work task);
  InputLimits Limits() const;
  InputLimits LimitsFor(const Network& network) const;
  absl::StatusOr<PreparedInput> Prepare(const Input& input, const Network& network);
  EngineVisualizations::Tools VisualizationTools();
  std::shared_ptr<VisualizationJobs> MakeJobs();
  absl::StatusOr<ProducedBy> MakeProducedBy(const Network& network, Numerics asked) const;
  void Log(const std::string& line) const;
  void Report(Phase phase, absl::Duration time) const;

  // Each calls `next` on the named thread, or `reply` with why it cannot be done.
  template <typename T, typename Next>
  void Post(Executor& executor, std::shared_ptr<Reply<T>> reply, CancellationToken cancelled,
            Next next);
  // `next(std::shared_ptr<Network>)`, on this thread or the one that opens it.
  template <typename T, typename Next>
  void WithNetwork(absl::string_view id, bool wait, const std::string& expected_digest,
                   std::shared_ptr<Reply<T>> reply, Next next);
  // Prepares the input and joins the forward pass for it with the member that
  // `make(ComputeContext)` returns.
  template <typename T, typename Query, typename Make>
  void JoinPass(std::shared_ptr<const Query> query, Numerics numerics, CancellationToken cancelled,
                std::shared_ptr<Network> network, std::shared_ptr<Reply<T>> reply, Make make);

  const EngineOptions options_;
  const DatasetRegistry datasets_;
  NetworkList networks_;
  std::atomic<bool> reloading_ = false;
  const std::shared_ptr<Executor> device_;
  const std::shared_ptr<Executor> host_;
  const std::unique_ptr<Executor> readers_;
  const std::shared_ptr<CoreBudget> cores_;
  ByteBudget budget_;
  InputCache inputs_;
  const DeliveryTools tools_;
  ForwardPasses passes_;
  ModelReader reader_;
  const std::unique_ptr<Timer> timer_;
  const std::shared_ptr<VisualizationStore> store_;  // null: results are kept in memory
  const std::shared_ptr<VisualizationJobs> jobs_;
  const VisualizationSource source_;
  EngineVisualizations visualizations_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_ENGINE_IMPL_H_
