// An engine on a small residual network, and a sink that collects a stream.
#ifndef DEEPVISION_TESTS_CORE_ENGINE_ENGINE_FIXTURE_H_
#define DEEPVISION_TESTS_CORE_ENGINE_ENGINE_FIXTURE_H_

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/sin.h>

#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/api/engine.h"
#include "core/engine/engine_impl.h"
#include "tests/support/folder.h"
#include "tests/support/manual_executor.h"
#include "tests/support/scripted_model.h"

namespace deepvision {

inline constexpr int kSide = 16;

inline at::Tensor Picture(float phase) {
  return at::sin(at::arange(3 * kSide * kSide).to(c10::ScalarType::Float) * 0.37 + phase)
      .view({1, 3, kSide, kSide});
}

inline Input TensorInput(const at::Tensor& tensor) {
  const at::Tensor numbers = tensor.contiguous();
  InputTensor input;
  input.shape = {numbers.size(1), numbers.size(2), numbers.size(3)};
  input.bytes = HostBuffer(numbers.const_data_ptr(), numbers.nbytes(),
                           std::make_shared<const at::Tensor>(numbers));
  return input;
}

class CollectingSink : public ActivationSink {
 public:
  void OnHeader(const ActivationHeader& value) override { header = value; }
  void OnLayer(LayerActivation layer) override {
    order.push_back(layer.id);
    layers[layer.id] = std::move(layer);
    if (on_layer) on_layer();
  }
  void OnPrediction(Prediction value) override { prediction = std::move(value); }
  void OnDone(absl::Status value) override { status = std::move(value); }
  uint64_t BytesAhead() const override { return bytes_ahead; }
  void WhenTaken(uint64_t bytes, absl::AnyInvocable<void() &&> value) override {
    if (bytes_ahead <= bytes) return std::move(value)();
    resume = std::move(value);
  }

  at::Tensor Tensor(const std::string& id) const {
    const EncodedLayer& data = layers.at(id).data;
    at::Tensor tensor = at::arange(static_cast<int64_t>(data.bytes.size() / sizeof(float)))
                            .to(c10::ScalarType::Float);
    std::memcpy(tensor.data_ptr(), data.bytes.data(), data.bytes.size());
    return tensor.view(data.shape);
  }

  ActivationHeader header;
  std::vector<std::string> order;
  std::map<std::string, LayerActivation> layers;
  std::optional<Prediction> prediction;
  std::optional<absl::Status> status;
  std::function<void()> on_layer;
  uint64_t bytes_ahead = 0;
  absl::AnyInvocable<void() &&> resume;
};

class EngineFixture {
 public:
  EngineFixture() { SaveSmallResidualNetwork(ModelPath()); }

  std::string ModelPath() const { return (folder_.path() / "net.pt").string(); }

  NetworkManifest Manifest() const {
    NetworkManifest manifest;
    manifest.id = "net";
    manifest.model_file = ModelPath();
    manifest.preprocessing.height = manifest.preprocessing.width = kSide;
    return manifest;
  }

  static EngineOptions Options(const NetworkManifest& manifest) {
    EngineOptions options;
    options.networks = {manifest};
    options.device = "cpu";
    options.threads = 1;
    return options;
  }

  // An engine whose work runs at once, on the calling thread.
  std::unique_ptr<Engine> MakeEngine(const NetworkManifest& manifest) const {
    return MakeEngine(manifest, std::make_unique<InlineExecutor>());
  }

  std::unique_ptr<Engine> MakeEngine(const NetworkManifest& manifest,
                                     std::unique_ptr<Executor> device) const {
    return MakeEngine(Options(manifest), std::move(device));
  }

  std::unique_ptr<Engine> MakeEngine(EngineOptions options,
                                     std::unique_ptr<Executor> device) const {
    return std::make_unique<EngineImpl>(
        std::move(options), DatasetRegistry(),
        EngineExecutors{std::move(device), std::make_unique<InlineExecutor>()});
  }

  const TestFolder& folder() const { return folder_; }

 private:
  TestFolder folder_;
};

inline std::shared_ptr<CollectingSink> Stream(Engine& engine, ActivationQuery query) {
  auto sink = std::make_shared<CollectingSink>();
  query.network = "net";
  engine.StreamActivations(std::move(query), sink, {});
  return sink;
}

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_CORE_ENGINE_ENGINE_FIXTURE_H_
