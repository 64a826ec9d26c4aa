#include "core/engine/engine_impl.h"

#include <torch/headeronly/version.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/api/error.h"
#include "core/engine/dataset_magnitude.h"
#include "core/engine/dataset_sample.h"
#include "core/engine/visualization_encoder.h"

namespace deepvision {
namespace {

// Of finished visualizations in memory, when there is a store behind and when there is
// none.
constexpr uint64_t kResultBytes = uint64_t{64} << 20;
constexpr uint64_t kLoneResultBytes = uint64_t{256} << 20;

// Two windows of encoded layers: what one stream at full speed goes through.
constexpr size_t kPooledBytes = 2 * LayerDelivery::kWindowBytes;
// Layers that come quicker leave together: at 2 ms all layers of resnet18 take 5 % less
// than with none, and the reader sees no difference.
constexpr absl::Duration kGather = absl::Milliseconds(2);

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
             kGather,
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
  tools.request.pictures = [this](const std::string& dataset, const Preprocessing& preprocessing) {
    return SamplePictures(dataset, preprocessing, datasets_, Limits());
  };
  tools.request.worker.width.fixed = options_.visualization_width;
  tools.request.worker.others = [this] { device_->RunInteractive(); };
  tools.request.worker.log = [this](const std::string& line) { Log(line); };
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

}  // namespace deepvision
