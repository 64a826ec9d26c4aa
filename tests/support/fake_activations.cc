// FakeEngine's streams of activations.
#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/status_macros.h"
#include "tests/support/fake_engine.h"
#include "tests/support/fake_input.h"
#include "tests/support/fake_network.h"

namespace deepvision {
namespace {

// '*' and '?'.
bool Matches(absl::string_view pattern, absl::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return Matches(pattern.substr(1), text) || (!text.empty() && Matches(pattern, text.substr(1)));
  }
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) &&
         Matches(pattern.substr(1), text.substr(1));
}

}  // namespace

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
  layer.data = EncodeFakeLayer(*node, MakeFakeValues(*node, SaltOfInput(stream.query.input)),
                               selection.options);
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
  if (stream->query.prediction) stream->sink->OnPrediction(MakeFakePrediction(10));
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
                          DigestOfInput(stream->query.input),
                          FakeProducer(stream->query.numerics),
                          {}};
  for (const LayerSelection& layer : stream->layers) header.layers.push_back({layer.pattern, {}});
  stream->sink->OnHeader(header);
  Pump(stream, now);
}

}  // namespace deepvision
