#include "tests/support/fake_engine.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/digest.h"
#include "core/base/status_macros.h"
#include "tests/support/fake_dataset.h"
#include "tests/support/fake_input.h"
#include "tests/support/fake_network.h"

namespace deepvision {
namespace {

absl::Status NetworkNotFound(absl::string_view id) {
  return WithReason(absl::NotFoundError(absl::StrCat("network \"", id,
                                                     "\": no such network; there are "
                                                     "\"tiny_resnet\", \"wide\"")),
                    "NETWORK_NOT_FOUND", {{"network", std::string(id)}});
}

}  // namespace

FakeEngine::FakeEngine()
    : visualizations_([this](const VisualizationSpec& spec) { return CountUnits(spec); }) {
  auto tiny = std::make_shared<const Topology>(MakeFakeTopology(false));
  auto wide = std::make_shared<const Topology>(MakeWideTopology());
  absl::MutexLock lock(&mutex_);
  networks_.push_back({MakeFakeNetworkInfo("tiny_resnet", *tiny), tiny});
  networks_.push_back({MakeFakeNetworkInfo("wide", *wide), wide});
  networks_.push_back({MakeFakeNetworkInfo("loading", *tiny), tiny});
  networks_.back().info.state = NetworkState::kLoading;
  networks_.push_back({MakeFakeNetworkInfo("broken", *tiny), tiny});
  networks_.back().info.state = NetworkState::kFailed;
  networks_.back().info.failure = "the file is not TorchScript";
}

FakeEngine::~FakeEngine() = default;

void FakeEngine::HoldLayersAfter(int layers) {
  absl::MutexLock lock(&mutex_);
  hold_after_ = layers;
}

void FakeEngine::ReleaseLayers() {
  std::vector<std::shared_ptr<Stream>> streams;
  {
    absl::MutexLock lock(&mutex_);
    hold_after_.reset();
    streams.swap(held_streams_);
  }
  for (const auto& stream : streams) Pump(stream, std::numeric_limits<int>::max());
}

void FakeEngine::FailAfter(int layers, absl::Status status) {
  absl::MutexLock lock(&mutex_);
  fail_after_.emplace(layers, std::move(status));
}

void FakeEngine::HoldCalls() {
  absl::MutexLock lock(&mutex_);
  hold_calls_ = true;
}

void FakeEngine::ReleaseCalls() {
  std::vector<std::function<void()>> calls;
  {
    absl::MutexLock lock(&mutex_);
    hold_calls_ = false;
    calls.swap(held_calls_);
  }
  for (const auto& call : calls) call();
}

void FakeEngine::DropCalls() {
  std::vector<std::function<void()>> calls;
  absl::MutexLock lock(&mutex_);
  calls.swap(held_calls_);
}

void FakeEngine::FinishLoading() {
  std::vector<Callback<NetworkInfo>> waiting;
  NetworkInfo info;
  {
    absl::MutexLock lock(&mutex_);
    for (Network& network : networks_) {
      if (network.info.id != "loading") continue;
      network.info.state = NetworkState::kReady;
      info = network.info;
    }
    waiting.swap(waiting_);
  }
  for (auto& callback : waiting) std::move(callback)(info);
}

std::vector<CancellationToken> FakeEngine::tokens() const {
  absl::MutexLock lock(&mutex_);
  return tokens_;
}

EngineInfo FakeEngine::Info() const {
  EngineInfo info{"2.11.0", {{"cpu", 1, 0}}, {Numerics::kExact, Numerics::kFast}, 1 << 26, 64};
  info.max_upload_bytes = kMaxUploadBytes;
  return info;
}

EngineStatistics FakeEngine::Statistics() const {
  absl::MutexLock lock(&mutex_);
  EngineStatistics statistics;
  statistics.interactive_queue = held_streams_.size() + held_calls_.size();
  statistics.live_buffers = static_cast<uint64_t>(live_payloads());
  return statistics;
}

std::vector<NetworkInfo> FakeEngine::ListNetworks() const {
  absl::MutexLock lock(&mutex_);
  std::vector<NetworkInfo> out;
  for (const Network& network : networks_) out.push_back(network.info);
  return out;
}

absl::StatusOr<NetworkInfo> FakeEngine::GetNetwork(absl::string_view id) const {
  for (NetworkInfo& info : ListNetworks()) {
    if (info.id == id) return info;
  }
  return NetworkNotFound(id);
}

absl::StatusOr<FakeEngine::Network> FakeEngine::FindReady(absl::string_view id) const {
  absl::MutexLock lock(&mutex_);
  for (const Network& network : networks_) {
    if (network.info.id != id) continue;
    if (network.info.state == NetworkState::kReady) return network;
    if (network.info.state == NetworkState::kLoading) {
      return WithReason(absl::UnavailableError(absl::StrCat(
                            "network \"", id, "\" is loading; retry, or set wait_until_ready")),
                        "NETWORK_LOADING", {{"network", std::string(id)}}, absl::Seconds(1));
    }
    return WithReason(absl::FailedPreconditionError(absl::StrCat(
                          "network \"", id, "\" failed to load: ", network.info.failure)),
                      "NETWORK_FAILED", {{"network", std::string(id)}});
  }
  return NetworkNotFound(id);
}

absl::StatusOr<int> FakeEngine::CountUnits(const VisualizationSpec& spec) const {
  DV_ASSIGN_OR_RETURN(const Network network, FindReady(spec.network));
  for (const TopologyNode& node : network.topology->nodes) {
    if (node.id == spec.layer && !node.shape.empty()) return static_cast<int>(node.shape[0]);
  }
  return LayerNotFound(spec.network, spec.layer);
}

void FakeEngine::WaitForNetwork(absl::string_view id, CancellationToken,
                                Callback<NetworkInfo> done) {
  absl::StatusOr<NetworkInfo> info = GetNetwork(id);
  if (info.ok() && info->state == NetworkState::kLoading) {
    absl::MutexLock lock(&mutex_);
    waiting_.push_back(std::move(done));
    return;
  }
  std::move(done)(std::move(info));
}

void FakeEngine::GetTopology(TopologyQuery query, CancellationToken,
                             Callback<std::shared_ptr<const Topology>> done) {
  absl::StatusOr<Network> network = FindReady(query.network);
  if (!network.ok()) return std::move(done)(network.status());
  if (query.omit_markers && query.network != "wide") {
    return std::move(done)(std::make_shared<const Topology>(MakeFakeTopology(true)));
  }
  std::move(done)(network->topology);
}

void FakeEngine::GetHistograms(HistogramQuery query, CancellationToken,
                               Callback<std::vector<Histogram>> done) {
  absl::StatusOr<Network> network = FindReady(query.network);
  if (!network.ok()) return std::move(done)(network.status());
  std::move(done)(MakeFakeHistograms(*network->topology, query));
}

void FakeEngine::GetWeights(WeightsQuery query, CancellationToken,
                            Callback<std::vector<WeightTensor>> done) {
  absl::StatusOr<Network> network = FindReady(query.network);
  if (!network.ok()) return std::move(done)(network.status());
  for (const TopologyNode& node : network->topology->nodes) {
    if (node.id != query.layer) continue;
    if (!node.has_weights) {
      return std::move(done)(absl::FailedPreconditionError(
          absl::StrCat("layer \"", node.id, "\" has no parameters; choose one with has_weights")));
    }
    return std::move(done)(std::vector<WeightTensor>{MakeFakeWeights(node)});
  }
  std::move(done)(LayerNotFound(query.network, query.layer));
}

void FakeEngine::Classify(ClassifyQuery query, CancellationToken cancelled,
                          Callback<Classification> done) {
  absl::StatusOr<Network> network = FindReady(query.network);
  if (!network.ok()) return std::move(done)(network.status());
  Classification result{MakeFakePrediction(query.top_k), network->info.digest,
                        DigestOfInput(query.input), FakeProducer(query.numerics),
                        absl::Milliseconds(3)};
  {
    absl::MutexLock lock(&mutex_);
    tokens_.push_back(cancelled);
    if (hold_calls_) {
      auto shared = std::make_shared<Callback<Classification>>(std::move(done));
      held_calls_.push_back([shared, result] { std::move (*shared)(result); });
      return;
    }
  }
  std::move(done)(std::move(result));
}

std::vector<DatasetInfo> FakeEngine::ListDatasets() const {
  return {{"shapes", "Shapes", "Discs and rings.", kFakePictures, {"disc", "ring"}}};
}

std::vector<NoiseGeneratorInfo> FakeEngine::ListNoiseGenerators() const {
  return {{"uniform", "Uniform", "Each colour uniform in 0..255.", 64, 64},
          {"gaussian", "Gaussian", "Each colour normal around 128.", 64, 64}};
}

void FakeEngine::StreamImages(ImagesQuery query, std::shared_ptr<PictureSink> sink,
                              CancellationToken cancelled) {
  if (query.dataset != "shapes") {
    return sink->OnDone(
        WithReason(absl::NotFoundError(absl::StrCat("dataset \"", query.dataset,
                                                    "\": no such dataset; there is \"shapes\"")),
                   "DATASET_NOT_FOUND", {{"dataset", query.dataset}}));
  }
  auto indices = SelectFakePictures(query.selection);
  if (!indices.ok()) return sink->OnDone(indices.status());
  SendFakePictures(std::move(sink), *std::move(indices), 0, query.format, cancelled);
}

void FakeEngine::ResolveInput(InputQuery query, CancellationToken, Callback<ResolvedInput> done) {
  ResolvedInput input;
  input.input_digest = DigestOfInput(query.input);
  if (query.form == InputForm::kPicture) {
    input.picture = MakeFakePicture(SaltOfInput(query.input) % kFakePictures, query.format);
    input.picture->index.reset();
  } else {
    TopologyNode node;
    node.shape = {3, 64, 64};
    const std::vector<float> values = MakeFakeValues(node, SaltOfInput(query.input));
    std::vector<uint8_t> bytes(values.size() * sizeof(float));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    input.tensor_shape = node.shape;
    input.tensor_crc32 = Crc32(bytes.data(), bytes.size());
    input.tensor = HostBuffer(std::move(bytes));
  }
  std::move(done)(std::move(input));
}

void FakeEngine::StoreInput(Input input, CancellationToken, Callback<std::string> done) {
  const std::string digest = DigestOfInput(input);
  {
    absl::MutexLock lock(&mutex_);
    stored_inputs_.push_back(std::move(input));
  }
  std::move(done)(digest);
}

std::vector<Input> FakeEngine::stored_inputs() const {
  absl::MutexLock lock(&mutex_);
  return stored_inputs_;
}

void FakeEngine::ReplaceNetworks(std::vector<NetworkManifest> networks,
                                 Callback<std::vector<NetworkChange>> done) {
  std::vector<NetworkChange> changes;
  for (const NetworkManifest& manifest : networks) {
    const bool known = GetNetwork(manifest.id).ok();
    changes.push_back(
        {manifest.id, known ? NetworkChangeKind::kUnchanged : NetworkChangeKind::kAdded});
  }
  std::move(done)(std::move(changes));
}

void FakeEngine::ClearCache(CacheScope scope) {
  absl::MutexLock lock(&mutex_);
  cleared_.push_back(scope);
}

std::vector<CacheScope> FakeEngine::cleared() const {
  absl::MutexLock lock(&mutex_);
  return cleared_;
}

}  // namespace deepvision
