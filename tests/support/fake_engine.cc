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
#include "tests/support/fake_network.h"

namespace deepvision {
namespace {

constexpr int kPictures = 6;
constexpr int kPictureSide = 48;

// '*' and '?'.
bool Matches(absl::string_view pattern, absl::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return Matches(pattern.substr(1), text) || (!text.empty() && Matches(pattern, text.substr(1)));
  }
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         Matches(pattern.substr(1), text.substr(1));
}

absl::Status NetworkNotFound(absl::string_view id) {
  return WithReason(absl::NotFoundError(absl::StrCat("network \"", id,
                                                     "\": no such network; there are "
                                                     "\"tiny_resnet\", \"wide\"")),
                    "NETWORK_NOT_FOUND", {{"network", std::string(id)}});
}

absl::Status LayerNotFound(absl::string_view network, absl::string_view layer) {
  return WithReason(absl::NotFoundError(absl::StrCat("layer \"", layer, "\": network \"", network,
                                                     "\" has no such layer")),
                    "LAYER_NOT_FOUND",
                    {{"network", std::string(network)}, {"layer", std::string(layer)}});
}

// Equal inputs have equal digests; enough for a fake.
std::string DigestOf(const Input& input) {
  Sha256 hash;
  hash.Update(absl::StrCat(input.index(), ":"));
  if (const auto* image = std::get_if<EncodedImage>(&input)) {
    hash.Update(image->bytes.data(), image->bytes.size());
  } else if (const auto* pixels = std::get_if<Pixels>(&input)) {
    hash.Update(pixels->bytes.data(), pixels->bytes.size());
  } else if (const auto* tensor = std::get_if<InputTensor>(&input)) {
    hash.Update(tensor->bytes.data(), tensor->bytes.size());
  } else if (const auto* noise = std::get_if<NoiseRef>(&input)) {
    hash.Update(absl::StrCat(noise->generator, ":", noise->seed));
  } else if (const auto* image = std::get_if<DatasetImageRef>(&input)) {
    hash.Update(absl::StrCat(image->dataset, ":", image->index));
  }
  return hash.Finish();
}

uint64_t SaltOf(const Input& input) {
  uint64_t salt = 0;
  for (char c : DigestOf(input).substr(0, 6)) salt = salt * 31 + static_cast<unsigned char>(c);
  return salt;
}

ProducedBy Producer(Numerics numerics) {
  return {"cpu", "fake", 1, numerics == Numerics::kDefault ? Numerics::kExact : numerics};
}

Prediction MakePrediction(int top_k) {
  Prediction prediction;
  for (int i = 0; i < std::min(top_k, 10); ++i) {
    prediction.classes.push_back({i, absl::StrCat("class ", i), 5.0F - static_cast<float>(i),
                                  i < 9 ? 0.5F / static_cast<float>(1 << i) : 0.5F / 256});
  }
  return prediction;
}

// A disc whose place depends on the index.
EncodedPicture MakePicture(uint64_t index, const ImageFormat& format) {
  EncodedPicture picture;
  picture.index = index;
  picture.width = picture.height = picture.full_width = picture.full_height = kPictureSide;
  picture.format = format;
  picture.label = static_cast<uint32_t>(index % 2);
  picture.class_name = index % 2 == 0 ? "disc" : "ring";
  const int step = format.encoding == ImageEncoding::kRgba8 ? 4 : 3;
  std::vector<uint8_t> pixels(static_cast<size_t>(kPictureSide) * kPictureSide * step, 255);
  for (int y = 0; y < kPictureSide; ++y) {
    const int row = format.row_order == RowOrder::kBottomUp ? kPictureSide - 1 - y : y;
    for (int x = 0; x < kPictureSide; ++x) {
      const int dx = x - 12 - 4 * static_cast<int>(index);
      const int dy = y - 16;
      const int distance = dx * dx + dy * dy;
      const bool inside = distance < 100 && (index % 2 == 0 || distance > 36);
      uint8_t* pixel = pixels.data() + (static_cast<size_t>(row) * kPictureSide + x) * step;
      pixel[0] = inside ? 220 : 30;
      pixel[1] = inside ? static_cast<uint8_t>(40 * index) : 30;
      pixel[2] = 60;
    }
  }
  const bool raw =
      format.encoding == ImageEncoding::kRgb8 || format.encoding == ImageEncoding::kRgba8;
  if (!raw) pixels = EncodeRgbPng(pixels.data(), kPictureSide, kPictureSide);
  picture.crc32 = Crc32(pixels.data(), pixels.size());
  picture.bytes = HostBuffer(std::move(pixels));
  return picture;
}

absl::StatusOr<std::vector<uint64_t>> SelectPictures(const ImageSelection& selection) {
  std::vector<uint64_t> all = {0, 1, 2, 3, 4, 5};
  if (const auto* range = std::get_if<ImageRange>(&selection)) {
    if (range->first >= kPictures) {
      return absl::OutOfRangeError(
          absl::StrCat("range.first: is ", range->first, ", but the dataset has 6 pictures"));
    }
    all.erase(all.begin(), all.begin() + static_cast<int64_t>(range->first));
    if (range->count != 0) all.resize(std::min<size_t>(all.size(), range->count));
  } else if (const auto* indices = std::get_if<std::vector<uint64_t>>(&selection)) {
    for (uint64_t index : *indices) {
      if (index >= kPictures) {
        return absl::OutOfRangeError(
            absl::StrCat("indices: ", index, " is past the end; the dataset has 6 pictures"));
      }
    }
    all = *indices;
  } else if (const auto* name = std::get_if<ImageClass>(&selection)) {
    if (name->name == "disc") all = {0, 2, 4};
    if (name->name == "ring") all = {1, 3, 5};
  } else if (const auto* sample = std::get_if<ImageSample>(&selection)) {
    std::rotate(all.begin(), all.begin() + static_cast<int64_t>(sample->seed % kPictures),
                all.end());
    all.resize(std::min<size_t>(all.size(), sample->count));
  }
  return all;
}

// Sends picture after picture, each when the reader asks for more.
void SendPictures(std::shared_ptr<PictureSink> sink, std::vector<uint64_t> indices, size_t next,
                  ImageFormat format, CancellationToken cancelled) {
  if (cancelled.IsCancelled()) return sink->OnDone(absl::CancelledError("cancelled"));
  if (next == indices.size()) return sink->OnDone(absl::OkStatus());
  EncodedPicture picture = MakePicture(indices[next], format);
  sink->OnPicture(std::move(picture), [sink, indices, next, format, cancelled] {
    SendPictures(sink, indices, next + 1, format, cancelled);
  });
}

}  // namespace

// One stream of activations.
struct FakeEngine::Stream {
  ActivationQuery query;
  Network network;
  std::vector<LayerSelection> layers;
  std::shared_ptr<ActivationSink> sink;
  CancellationToken cancelled;
  std::optional<std::pair<int, absl::Status>> fail_after;
  size_t next = 0;
};

FakeEngine::FakeEngine() {
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
  return {"2.11.0", {{"cpu", 1, 0}}, {Numerics::kExact, Numerics::kFast}, 1 << 26, 64};
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
  std::vector<Histogram> histograms;
  for (const TopologyNode& node : network->topology->nodes) {
    if (node.kind != NodeKind::kChain) continue;
    Histogram histogram;
    histogram.layer = node.id;
    if (query.source == HistogramSource::kWeights) histogram.parameter = node.id + ".weight";
    for (int i = 0; i <= query.bins; ++i) histogram.edges.push_back(i - query.bins / 2.0);
    for (int i = 0; i < query.bins; ++i) histogram.counts.push_back(i + 1);
    histograms.push_back(std::move(histogram));
  }
  std::move(done)(std::move(histograms));
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
    WeightTensor tensor{node.id + ".weight", "weight", {node.shape[0], 3, 3, 3}, "float32", {}, 0};
    std::vector<uint8_t> bytes(node.shape[0] * 27 * sizeof(float));
    for (size_t i = 0; i < bytes.size() / sizeof(float); ++i) {
      const float value = static_cast<float>(i) / 100;
      std::memcpy(bytes.data() + i * sizeof(float), &value, sizeof(value));
    }
    tensor.crc32 = Crc32(bytes.data(), bytes.size());
    tensor.bytes = HostBuffer(std::move(bytes));
    return std::move(done)(std::vector<WeightTensor>{std::move(tensor)});
  }
  std::move(done)(LayerNotFound(query.network, query.layer));
}

absl::StatusOr<std::vector<LayerSelection>> FakeEngine::Resolve(
    const Network& network, const ActivationQuery& query) const {
  std::vector<LayerSelection> selections = query.layers;
  if (selections.empty()) selections.push_back({"*", query.defaults});
  std::vector<bool> used(selections.size(), false);
  std::vector<LayerSelection> out;
  for (const TopologyNode& node : network.topology->nodes) {
    if (node.data_kind == DataKind::kNone) continue;
    for (size_t i = 0; i < selections.size(); ++i) {
      if (!Matches(selections[i].pattern, node.id)) continue;
      used[i] = true;
      out.push_back({node.id, selections[i].options});
      break;
    }
  }
  for (size_t i = 0; i < used.size(); ++i) {
    if (!used[i]) return LayerNotFound(query.network, selections[i].pattern);
  }
  return out;
}

// Counts the buffer until its last holder drops it.
HostBuffer FakeEngine::Count(HostBuffer buffer) const {
  live_payloads_->fetch_add(1);
  std::shared_ptr<const void> owner(
      buffer.data(), [inner = buffer, counter = live_payloads_](const void*) mutable {
        inner = HostBuffer();
        counter->fetch_sub(1);
      });
  return HostBuffer(buffer.data(), buffer.size(), std::move(owner));
}

LayerActivation FakeEngine::MakeLayer(const Stream& stream, size_t index) const {
  const LayerSelection& selection = stream.layers[index];
  const auto& nodes = stream.network.topology->nodes;
  const auto node = std::find_if(nodes.begin(), nodes.end(), [&](const TopologyNode& candidate) {
    return candidate.id == selection.pattern;
  });
  LayerActivation layer;
  layer.id = node->id;
  layer.node_index = static_cast<int>(node - nodes.begin());
  layer.data =
      EncodeFakeLayer(*node, MakeFakeValues(*node, SaltOf(stream.query.input)), selection.options);
  layer.data.bytes = Count(std::move(layer.data.bytes));
  return layer;
}

void FakeEngine::Pump(const std::shared_ptr<Stream>& stream, int layers) {
  for (; stream->next < stream->layers.size() && layers > 0; --layers) {
    if (stream->cancelled.IsCancelled()) {
      return stream->sink->OnDone(absl::CancelledError("cancelled"));
    }
    if (stream->fail_after && stream->next >= static_cast<size_t>(stream->fail_after->first)) {
      return stream->sink->OnDone(stream->fail_after->second);
    }
    stream->sink->OnLayer(MakeLayer(*stream, stream->next++));
  }
  if (stream->next < stream->layers.size()) {
    absl::MutexLock lock(&mutex_);
    held_streams_.push_back(stream);
    return;
  }
  if (stream->query.prediction) stream->sink->OnPrediction(MakePrediction(10));
  stream->sink->OnDone(absl::OkStatus());
}

void FakeEngine::StreamActivations(ActivationQuery query, std::shared_ptr<ActivationSink> sink,
                                   CancellationToken cancelled) {
  absl::StatusOr<Network> network = FindReady(query.network);
  if (!network.ok()) return sink->OnDone(network.status());
  auto layers = Resolve(*network, query);
  if (!layers.ok()) return sink->OnDone(layers.status());
  auto stream = std::make_shared<Stream>(
      Stream{std::move(query), *network, *std::move(layers), std::move(sink), cancelled, {}, 0});
  int now = std::numeric_limits<int>::max();
  {
    absl::MutexLock lock(&mutex_);
    tokens_.push_back(cancelled);
    stream->fail_after = fail_after_;
    if (hold_after_) now = *hold_after_;
  }
  ActivationHeader header{network->info.id,
                          network->info.digest,
                          DigestOf(stream->query.input),
                          Producer(stream->query.numerics),
                          {}};
  for (const LayerSelection& layer : stream->layers) header.layers.push_back({layer.pattern, {}});
  stream->sink->OnHeader(header);
  Pump(stream, now);
}

void FakeEngine::Classify(ClassifyQuery query, CancellationToken cancelled,
                          Callback<Classification> done) {
  absl::StatusOr<Network> network = FindReady(query.network);
  if (!network.ok()) return std::move(done)(network.status());
  Classification result{MakePrediction(query.top_k), network->info.digest, DigestOf(query.input),
                        Producer(query.numerics), absl::Milliseconds(3)};
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
  return {{"shapes", "Shapes", "Discs and rings.", kPictures, {"disc", "ring"}}};
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
  auto indices = SelectPictures(query.selection);
  if (!indices.ok()) return sink->OnDone(indices.status());
  SendPictures(std::move(sink), *std::move(indices), 0, query.format, cancelled);
}

void FakeEngine::ResolveInput(InputQuery query, CancellationToken, Callback<ResolvedInput> done) {
  ResolvedInput input;
  input.input_digest = DigestOf(query.input);
  if (query.form == InputForm::kPicture) {
    input.picture = MakePicture(SaltOf(query.input) % kPictures, query.format);
    input.picture->index.reset();
  } else {
    TopologyNode node;
    node.shape = {3, 64, 64};
    const std::vector<float> values = MakeFakeValues(node, SaltOf(query.input));
    std::vector<uint8_t> bytes(values.size() * sizeof(float));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    input.tensor_shape = node.shape;
    input.tensor_crc32 = Crc32(bytes.data(), bytes.size());
    input.tensor = HostBuffer(std::move(bytes));
  }
  std::move(done)(std::move(input));
}

}  // namespace deepvision
