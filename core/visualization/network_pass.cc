#include "core/visualization/network_pass.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"
#include "core/device/torch_status.h"
#include "core/visualization/per_sample_nodes.h"

namespace deepvision {
namespace {

std::vector<ValueId> ValuesOf(const std::vector<ObservedLayer>& layers) {
  std::vector<ValueId> values;
  for (const ObservedLayer& layer : layers) values.push_back(layer.value);
  return values;
}

absl::Status CheckDifferentiable(const Graph& graph, const std::vector<ObservedLayer>& layers) {
  for (const ObservedLayer& layer : layers) {
    if (graph.values[layer.value].differentiable) continue;
    return WithReason(absl::FailedPreconditionError(absl::StrCat(
                          "layer: no gradient flows from \"", layer.id,
                          "\" to the network's input; choose a layer that depends on it")),
                      "NOT_DIFFERENTIABLE", {{"layer", layer.id}});
  }
  return absl::OkStatus();
}

absl::Status OneAtATime() {
  return WithReason(
      absl::FailedPreconditionError("the network takes one image at a time, not a batch"),
      "ONE_IMAGE_AT_A_TIME");
}

}  // namespace

NetworkPass::NetworkPass(const std::shared_ptr<const Graph>& graph,
                         const std::vector<ObservedLayer>& layers, int samples)
    : graph_(RedirectReluGradients(*RunPerSample(*graph, samples), redirected_)),
      targets_(ValuesOf(layers)),
      plan_(Plan::Make(graph_, targets_)),
      samples_(samples) {}

absl::StatusOr<std::unique_ptr<NetworkPass>> NetworkPass::Create(
    const std::shared_ptr<const Graph>& graph, const std::vector<ObservedLayer>& layers,
    int samples) {
  DV_RETURN_IF_ERROR(CheckDifferentiable(*graph, layers));
  auto pass = std::unique_ptr<NetworkPass>(new NetworkPass(graph, layers, samples));
  if (samples > 1) DV_RETURN_IF_ERROR(pass->CheckBatch());
  return pass;
}

absl::Status NetworkPass::CheckBatch() {
  const absl::Status ran = Run({}, {}, {}).status();
  // Shapes that do not fit are Internal, like anything else that torch throws.
  return ran.code() == absl::StatusCode::kInternal ? OneAtATime() : ran;
}

c10::ScalarType NetworkPass::dtype() const {
  const bool wide = graph_->values[graph_->input].dtype == c10::ScalarType::Double;
  return wide ? c10::ScalarType::Double : c10::ScalarType::Float;
}

at::Tensor NetworkPass::Batch(const std::vector<at::Tensor>& inputs) const {
  std::vector<at::Tensor> all = inputs;
  const Value& input = graph_->values[graph_->input];
  std::vector<int64_t> sizes = input.sizes;
  sizes[0] = samples_ - static_cast<int64_t>(inputs.size());
  if (sizes[0] > 0) all.push_back(at::zeros(sizes, at::TensorOptions().dtype(dtype())));
  return (all.size() == 1 ? all[0] : at::cat(all)).to(input.dtype);
}

absl::StatusOr<SampleValues> NetworkPass::Run(const std::vector<at::Tensor>& inputs,
                                              const std::vector<bool>& redirected,
                                              const RunOptions& options) {
  return CallTorch([&]() -> absl::StatusOr<SampleValues> {
    redirected_->redirected = redirected;
    redirected_->redirected.resize(redirected.empty() ? 0 : static_cast<size_t>(samples_));
    SampleValues values(inputs.size(), std::vector<at::Tensor>(targets_.size()));
    const auto take = [&](int target, const at::Tensor& value) {
      const Value& expected = graph_->values[targets_[target]];
      if (value.dim() == 0 || expected.sizes.empty() ||
          value.size(0) != expected.sizes[0] * samples_ ||
          value.sizes().slice(1) != at::IntArrayRef(expected.sizes).slice(1)) {
        return OneAtATime();
      }
      const std::vector<at::Tensor> parts = value.split(expected.sizes[0]);
      for (size_t i = 0; i < inputs.size(); ++i) values[i][target] = parts[i].to(dtype());
      return absl::OkStatus();
    };
    DV_RETURN_IF_ERROR(plan_.Run(Batch(inputs), options, take));
    return values;
  });
}

}  // namespace deepvision
