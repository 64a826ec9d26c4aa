#include "core/engine/engine_impl.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/api/error.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "core/dataset/noise.h"
#include "core/dataset/selection.h"
#include "core/engine/activation_run.h"
#include "core/engine/classification_run.h"
#include "core/engine/dataset_magnitude.h"
#include "core/engine/histogram_run.h"
#include "core/engine/image_stream.h"
#include "core/engine/layer_weights.h"
#include "core/engine/live_worker.h"
#include "core/engine/visualization_encoder.h"
#include "core/image/picture.h"
#include "core/input/show_input.h"

namespace deepvision {
namespace {

// Of finished visualizations in memory, when there is a store behind and when there is
// none.
constexpr uint64_t kResultBytes = uint64_t{64} << 20;
constexpr uint64_t kLoneResultBytes = uint64_t{256} << 20;

// Two windows of encoded layers: what one stream at full speed goes through.
constexpr size_t kPooledBytes = 2 * LayerDelivery::kWindowBytes;

absl::Status Cancelled() { return absl::CancelledError("the request was cancelled"); }

absl::StatusOr<ResolvedInput> Show(const InputQuery& query, const PreparedInput& prepared,
                                   const Preprocessing& preprocessing) {
  ResolvedInput resolved;
  resolved.input_digest = prepared.digest;
  if (query.form == InputForm::kTensor) {
    const auto sizes = prepared.tensor.sizes();
    resolved.tensor_shape.assign(sizes.begin() + 1, sizes.end());
    DV_ASSIGN_OR_RETURN(resolved.tensor, TensorBytes(prepared.tensor, query.format.row_order));
    resolved.tensor_crc32 = Crc32(resolved.tensor.data(), resolved.tensor.size());
    return resolved;
  }
  DV_ASSIGN_OR_RETURN(Bitmap bitmap, MakePicture(prepared.tensor, preprocessing));
  DV_ASSIGN_OR_RETURN(resolved.picture, EncodePicture(std::move(bitmap), query.format));
  return resolved;
}

}  // namespace

EngineImpl::EngineImpl(EngineOptions options, DatasetRegistry datasets, EngineExecutors executors,
                       std::shared_ptr<VisualizationStore> store)
    : options_(std::move(options)),
      datasets_(std::move(datasets)),
      device_(std::move(executors.device)),
      host_(std::move(executors.host)),
      readers_(std::move(executors.readers)),
      cores_(std::move(executors.cores)),
      budget_(options_.request_memory_bytes),
      inputs_(options_.input_cache_bytes),
      tools_{device_,
             host_,
             executors.host_threads,
             std::make_shared<BufferPool>(kPooledBytes),
             std::make_shared<LiveBuffers>(),
             [on_phase = options_.on_phase](absl::Duration time) {
               if (on_phase) on_phase(Phase::kEncode, time);
             }},
      passes_(*device_, options_.max_queued_requests, options_.cache_bytes,
              [this](Phase phase, absl::Duration time) { Report(phase, time); }),
      timer_(std::move(executors.timer)),
      store_(std::move(store)),
      jobs_(MakeJobs()),
      source_(jobs_, networks_),
      visualizations_(VisualizationTools(), jobs_) {
  Reload(options_.networks);
}

std::shared_ptr<VisualizationJobs> EngineImpl::MakeJobs() {
  VisualizationJobs::Options options;
  options.device = device_.get();
  options.tools.host = host_.get();
  options.tools.timer = timer_.get();
  options.tools.results = std::make_shared<VisualizationResults>(
      store_, store_ == nullptr ? kLoneResultBytes : kResultBytes);
  options.tools.encoder = MakeVisualizationEncoder();
  return VisualizationJobs::Create(std::move(options));
}

EngineVisualizations::Tools EngineImpl::VisualizationTools() {
  EngineVisualizations::Tools tools;
  tools.find = [this](absl::string_view id) { return networks_.Find(id); };
  tools.host = host_.get();
  tools.request.prepare = [this](const Input& input, const Network& network) {
    return Prepare(input, network);
  };
  tools.request.produced_by = [this](const Network& network, Numerics asked) {
    return MakeProducedBy(network, asked);
  };
  tools.request.magnitude = [this](const std::string& dataset, int channels, int height,
                                   int width) {
    return MeasureMagnitude(dataset, channels, height, width, datasets_, Limits());
  };
  tools.request.width.fixed = options_.visualization_width;
  tools.request.log = [this](const std::string& line) { Log(line); };
  return tools;
}

EngineImpl::~EngineImpl() {
  jobs_->Stop();
  readers_->Stop();  // posts to the device
  // A network that is being opened posts to the host pool, and prepared inputs
  // go to the device: neither may be gone while the other runs.
  device_->Stop();
  host_->Stop();
}

void EngineImpl::Log(const std::string& line) const {
  if (options_.log) options_.log(line);
}

void EngineImpl::Report(Phase phase, absl::Duration time) const {
  if (options_.on_phase) options_.on_phase(phase, time);
}

void EngineImpl::PostBackground(const std::shared_ptr<Network>& network, Work task) {
  const absl::Status posted = device_->Post(Priority::kBackground, std::move(task));
  if (!posted.ok()) Log(absl::StrCat("network ", network->id(), ": ", posted.message()));
}

void EngineImpl::Open(const std::shared_ptr<Network>& network, ModelReader::Result file) {
  const absl::Status opened = network->Open(std::move(file), absl::Now() + options_.load_timeout);
  Log(opened.ok() ? absl::StrCat("network ", network->id(), " is ready")
                  : absl::StrCat("network ", network->id(), " failed: ", opened.message()));
  if (opened.ok()) PostBackground(network, [network] { network->ProbeOtherSize(); });
}

// Files are read beside the device, one after the other; each is run where
// everything runs. What finds no room there has failed: a reload may try again.
void EngineImpl::StartOpening(const std::shared_ptr<Network>& network) {
  const absl::Status posted = readers_->Post(Priority::kBackground, [this, network] {
    const NetworkManifest& from = network->manifest();
    const absl::Status handed_over = device_->Post(
        Priority::kBackground,
        [this, network,
         file = reader_.Read(from.model_file, from.sha256, options_.load_timeout)]() mutable {
          Open(network, std::move(file));
        });
    if (!handed_over.ok()) Open(network, handed_over);
  });
  if (!posted.ok()) Open(network, posted);
}

std::vector<NetworkChange> EngineImpl::Reload(std::vector<NetworkManifest> manifests) {
  ReloadPlan plan = PlanReload(*networks_.All(), std::move(manifests), options_.device);
  networks_.Set(std::move(plan.networks));
  for (const std::shared_ptr<Network>& network : plan.gone) {
    network->Retire();
    passes_.Forget(*network);
  }
  for (const std::shared_ptr<Network>& network : plan.opened) StartOpening(network);
  return std::move(plan.changes);
}

void EngineImpl::ReplaceNetworks(std::vector<NetworkManifest> networks,
                                 Callback<std::vector<NetworkChange>> done) {
  auto reply = std::make_shared<Reply<std::vector<NetworkChange>>>(std::move(done));
  if (reloading_.exchange(true)) {
    return (*reply)(WithReason(
        absl::ResourceExhaustedError("another reload of the networks runs; retry when it is done"),
        "RELOAD_RUNS", {}, absl::Seconds(1)));
  }
  const absl::Status posted =
      host_->Post(Priority::kBackground, [this, networks = std::move(networks), reply]() mutable {
        std::vector<NetworkChange> changes = Reload(std::move(networks));
        reloading_ = false;
        (*reply)(std::move(changes));
      });
  if (posted.ok()) return;
  reloading_ = false;
  (*reply)(posted);
}

EngineInfo EngineImpl::Info() const {
  EngineInfo info;
  info.libtorch_version = TORCH_VERSION;
  info.devices.push_back({options_.device, options_.threads, 0});
  info.numerics = {Numerics::kExact, Numerics::kFast};
  info.max_image_pixels = options_.max_image_pixels;
  info.max_queued_requests = options_.max_queued_requests;
  info.cache_bytes = options_.cache_bytes;
  info.request_memory_bytes = options_.request_memory_bytes;
  info.input_cache_bytes = options_.input_cache_bytes;
  info.state_bytes = store_ == nullptr ? 0 : options_.state_bytes;
  info.max_upload_bytes = std::min(options_.max_upload_bytes, options_.input_cache_bytes);
  return info;
}

EngineStatistics EngineImpl::Statistics() const {
  const QueueDepths device = device_->Depths();
  const QueueDepths host = host_->Depths();
  EngineStatistics statistics;
  statistics.interactive_queue = device.interactive + passes_.joined();
  statistics.background_queue = device.background;
  statistics.reading_files = reader_.reading();
  statistics.host_queue = host.interactive + host.background;
  statistics.budget_bytes = budget_.in_use();
  statistics.budget_limit_bytes = budget_.limit();
  statistics.live_buffers = tools_.buffers->count();
  statistics.live_buffer_bytes = tools_.buffers->bytes();
  const PassEnvironment& passes = passes_.environment();
  statistics.forward_passes = passes.passes;
  statistics.operators = passes.operators;
  statistics.activations = passes.cache.Statistics();
  statistics.inputs = inputs_.Statistics();
  const VisualizationJobCounts jobs = jobs_->Counts();
  statistics.visualizations.queued_jobs = jobs.queued;
  statistics.visualizations.running_jobs = jobs.running;
  statistics.visualizations.watchers = jobs.watchers;
  statistics.visualizations.unsaved_units = jobs.unsaved;
  if (store_ != nullptr) statistics.visualizations.store = store_->Statistics();
  if (cores_ != nullptr) {
    statistics.busy_cores = static_cast<uint64_t>(cores_->busy());
    statistics.most_busy_cores = static_cast<uint64_t>(cores_->most_busy());
  }
  return statistics;
}

void EngineImpl::ClearCache(CacheScope scope) {
  if (scope != CacheScope::kInputs) passes_.Clear();
  if (scope != CacheScope::kActivations) inputs_.Clear();
}

std::vector<NetworkInfo> EngineImpl::ListNetworks() const {
  std::vector<NetworkInfo> infos;
  for (const auto& network : *networks_.All()) infos.push_back(network->Info());
  return infos;
}

absl::StatusOr<NetworkInfo> EngineImpl::GetNetwork(absl::string_view id) const {
  DV_ASSIGN_OR_RETURN(const std::shared_ptr<Network> network, networks_.Find(id));
  return network->Info();
}

InputLimits EngineImpl::Limits() const {
  InputLimits limits;
  limits.max_encoded_bytes =
      std::max<uint64_t>(options_.max_encoded_image_bytes, options_.max_upload_bytes);
  limits.max_pixels = static_cast<int64_t>(options_.max_image_pixels);
  return limits;
}

InputLimits EngineImpl::LimitsFor(const Network& network) const {
  InputLimits limits = Limits();
  limits.fixed_size = network.Info().fixed_input_size;
  return limits;
}

absl::StatusOr<PreparedInput> EngineImpl::Prepare(const Input& input, const Network& network) {
  return inputs_.Prepare(input, network.Info().input, datasets_, LimitsFor(network), &source_);
}

// FAST promises equality within rounding, which EXACT keeps; what was used is
// said in the result.
absl::StatusOr<ProducedBy> EngineImpl::MakeProducedBy(const Network& network,
                                                      Numerics asked) const {
  const Numerics numerics = asked == Numerics::kDefault ? network.Info().default_numerics : asked;
  if (numerics != Numerics::kExact && numerics != Numerics::kFast &&
      numerics != Numerics::kDefault) {
    return WithReason(absl::FailedPreconditionError(
                          "numerics: this device computes EXACT and FAST only; see GetServerInfo"),
                      "NUMERICS_NOT_AVAILABLE");
  }
  return ProducedBy{options_.device,
                    absl::StrCat(options_.version, " (LibTorch ", TORCH_VERSION, ")"),
                    options_.threads, Numerics::kExact};
}

template <typename T, typename Next>
void EngineImpl::Post(Executor& executor, std::shared_ptr<Reply<T>> reply,
                      CancellationToken cancelled, Next next) {
  const absl::Status posted = executor.Post(
      Priority::kInteractive,
      [this, begin = absl::Now(), reply, cancelled, next = std::move(next)]() mutable {
        Report(Phase::kQueue, absl::Now() - begin);
        if (cancelled.IsCancelled()) return (*reply)(Cancelled());
        next();
      });
  if (!posted.ok()) (*reply)(posted);
}

template <typename T, typename Next>
void EngineImpl::WithNetwork(absl::string_view id, bool wait, const std::string& expected_digest,
                             std::shared_ptr<Reply<T>> reply, Next next) {
  const auto found = networks_.Find(id);
  if (!found.ok()) return (*reply)(found.status());
  auto go_on = [network = *found, expected_digest, reply, next = std::move(next)]() mutable {
    if (absl::Status ready = network->Check(expected_digest); !ready.ok()) return (*reply)(ready);
    next(network);
  };
  if (wait) return (*found)->OnSettled(std::move(go_on));
  go_on();
}

template <typename T, typename Query, typename Make>
void EngineImpl::JoinPass(std::shared_ptr<const Query> query, Numerics numerics,
                          CancellationToken cancelled, std::shared_ptr<Network> network,
                          std::shared_ptr<Reply<T>> reply, Make make) {
  const auto produced_by = MakeProducedBy(*network, numerics);
  if (!produced_by.ok()) return (*reply)(produced_by.status());
  Post<T>(*host_, reply, cancelled,
          [this, query, cancelled, network, reply, produced_by = *produced_by, make]() mutable {
            const NetworkInfo info = network->Info();
            const absl::Time begin = absl::Now();
            const auto prepared = Prepare(query->input, *network);
            Report(Phase::kPrepare, absl::Now() - begin);
            if (!prepared.ok()) return (*reply)(prepared.status());
            const PassKey key{network, prepared->digest, produced_by.numerics};
            passes_.Join(key, prepared->tensor, InputKind::kRemembered,
                         make(ComputeContext{info, prepared->digest, produced_by, cancelled}));
          });
}

void EngineImpl::WaitForNetwork(absl::string_view id, CancellationToken cancelled,
                                Callback<NetworkInfo> done) {
  auto reply = std::make_shared<Reply<NetworkInfo>>(std::move(done));
  const auto found = networks_.Find(id);
  if (!found.ok()) return (*reply)(found.status());
  (*found)->OnSettled([network = *found, cancelled, reply] {
    if (cancelled.IsCancelled()) return (*reply)(Cancelled());
    (*reply)(network->Info());
  });
}

void EngineImpl::GetTopology(TopologyQuery query, CancellationToken cancelled,
                             Callback<std::shared_ptr<const Topology>> done) {
  using Result = std::shared_ptr<const Topology>;
  auto reply = std::make_shared<Reply<Result>>(std::move(done));
  WithNetwork(query.network, query.wait_until_ready, "", reply,
              [this, query, cancelled, reply](std::shared_ptr<Network> network) {
                const Preprocessing own = network->Info().input;
                const bool own_size =
                    query.height == 0 || (query.height == own.height && query.width == own.width);
                const bool plain = query.view == TopologyView::kLayers && !query.omit_markers;
                if (own_size && plain) return (*reply)(network->Default()->layers());
                if (own_size) {
                  return Post(*host_, reply, cancelled, [query, network, reply] {
                    (*reply)(network->Default()->MakeView(query.view, query.omit_markers));
                  });
                }
                Post(*device_, reply, cancelled, [query, own, network, reply] {
                  const auto made = network->ForSize(own.channels, query.height, query.width);
                  if (!made.ok()) return (*reply)(made.status());
                  (*reply)((*made)->MakeView(query.view, query.omit_markers));
                });
              });
}

void EngineImpl::GetHistograms(HistogramQuery query, CancellationToken cancelled,
                               Callback<std::vector<Histogram>> done) {
  auto reply = std::make_shared<Reply<std::vector<Histogram>>>(std::move(done));
  auto shared = std::make_shared<const HistogramQuery>(std::move(query));
  WithNetwork(shared->network, shared->wait_until_ready, "", reply,
              [this, shared, cancelled, reply](std::shared_ptr<Network> network) {
                if (shared->source == HistogramSource::kWeights) {
                  return Post(*device_, reply, cancelled, [shared, network, reply] {
                    (*reply)(WeightHistogramsOf(*network->Default(), *shared));
                  });
                }
                JoinPass(shared, Numerics::kDefault, cancelled, network, reply,
                         [shared, reply](ComputeContext context) {
                           return MakeHistogramRun(std::move(context), shared, reply);
                         });
              });
}

void EngineImpl::GetWeights(WeightsQuery query, CancellationToken cancelled,
                            Callback<std::vector<WeightTensor>> done) {
  auto reply = std::make_shared<Reply<std::vector<WeightTensor>>>(std::move(done));
  WithNetwork(query.network, query.wait_until_ready, "", reply,
              [this, query, cancelled, reply](std::shared_ptr<Network> network) {
                Post(*device_, reply, cancelled, [query, network, reply] {
                  (*reply)(WeightsOfLayer(*network->Default(), query.layer));
                });
              });
}

void EngineImpl::StreamActivations(ActivationQuery query, std::shared_ptr<ActivationSink> sink,
                                   CancellationToken cancelled) {
  auto reply = std::make_shared<Reply<Nothing>>(
      [sink](absl::StatusOr<Nothing> result) { sink->OnDone(result.status()); });
  auto shared = std::make_shared<const ActivationQuery>(std::move(query));
  WithNetwork(shared->network, shared->wait_until_ready, shared->expected_digest, reply,
              [this, shared, sink, cancelled, reply](std::shared_ptr<Network> network) {
                auto delivery = std::make_shared<LayerDelivery>(sink, reply, cancelled, tools_);
                JoinPass(shared, shared->numerics, cancelled, network, reply,
                         [this, shared, delivery](ComputeContext context) {
                           return MakeActivationRun(std::move(context), shared, budget_, delivery);
                         });
              });
}

std::shared_ptr<LiveSession> EngineImpl::OpenLive(std::shared_ptr<LiveSink> sink,
                                                  CancellationToken cancelled) {
  LiveTools tools;
  tools.find = [this](absl::string_view id) { return networks_.Find(id); };
  tools.produced_by = [this](const Network& network, Numerics asked) {
    return MakeProducedBy(network, asked);
  };
  tools.prepare = [this](const Input& input, const Network& network) -> absl::StatusOr<at::Tensor> {
    DV_ASSIGN_OR_RETURN(const Input known, inputs_.Recall(input));
    return PrepareTensor(known, network.Info().input, datasets_, LimitsFor(network), &source_);
  };
  tools.host = host_.get();
  tools.passes = &passes_;
  tools.budget = &budget_;
  tools.delivery = tools_;
  auto worker = MakeLiveWorker(std::move(tools), cancelled);
  return MakeLiveSession(std::move(worker), std::move(sink), std::move(cancelled));
}

void EngineImpl::Classify(ClassifyQuery query, CancellationToken cancelled,
                          Callback<Classification> done) {
  auto reply = std::make_shared<Reply<Classification>>(std::move(done));
  auto shared = std::make_shared<const ClassifyQuery>(std::move(query));
  WithNetwork(shared->network, shared->wait_until_ready, shared->expected_digest, reply,
              [this, shared, cancelled, reply](std::shared_ptr<Network> network) {
                JoinPass(shared, shared->numerics, cancelled, network, reply,
                         [shared, reply](ComputeContext context) {
                           return MakeClassificationRun(std::move(context), shared, reply);
                         });
              });
}

std::vector<DatasetInfo> EngineImpl::ListDatasets() const { return datasets_.List(); }

std::vector<NoiseGeneratorInfo> EngineImpl::ListNoiseGenerators() const {
  std::vector<NoiseGeneratorInfo> infos;
  for (const NoiseGenerator& generator : NoiseGenerators()) infos.push_back(generator.info);
  return infos;
}

void EngineImpl::StreamImages(ImagesQuery query, std::shared_ptr<PictureSink> sink,
                              CancellationToken cancelled) {
  const auto dataset = datasets_.Find(query.dataset);
  if (!dataset.ok()) return sink->OnDone(dataset.status());
  auto indices = SelectImages(**dataset, query.selection);
  if (!indices.ok()) return sink->OnDone(indices.status());
  StartImageStream(**dataset, *std::move(indices), query.format, Limits(), *host_, std::move(sink),
                   std::move(cancelled));
}

void EngineImpl::ResolveInput(InputQuery query, CancellationToken cancelled,
                              Callback<ResolvedInput> done) {
  auto reply = std::make_shared<Reply<ResolvedInput>>(std::move(done));
  auto shared = std::make_shared<const InputQuery>(std::move(query));
  if (shared->network.empty()) {
    return Post(*host_, reply, cancelled, [this, shared, reply] {
      (*reply)([&]() -> absl::StatusOr<ResolvedInput> {
        ResolvedInput resolved;
        DV_ASSIGN_OR_RETURN(const Input input, inputs_.Recall(shared->input));
        DV_ASSIGN_OR_RETURN(Bitmap bitmap, PictureOfInput(input, datasets_, Limits(), &source_));
        DV_ASSIGN_OR_RETURN(resolved.picture, EncodePicture(std::move(bitmap), shared->format));
        return resolved;
      }());
    });
  }
  WithNetwork(shared->network, shared->wait_until_ready, "", reply,
              [this, shared, cancelled, reply](std::shared_ptr<Network> network) {
                Post(*host_, reply, cancelled, [this, shared, network, reply] {
                  const Preprocessing preprocessing = network->Info().input;
                  const auto prepared = Prepare(shared->input, *network);
                  if (!prepared.ok()) return (*reply)(prepared.status());
                  (*reply)(Show(*shared, *prepared, preprocessing));
                });
              });
}

void EngineImpl::StoreInput(Input input, CancellationToken cancelled, Callback<std::string> done) {
  auto reply = std::make_shared<Reply<std::string>>(std::move(done));
  Post(*host_, reply, std::move(cancelled),
       [this, input = std::move(input), reply] { (*reply)(inputs_.Remember(input)); });
}

}  // namespace deepvision
