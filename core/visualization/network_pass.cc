#include "core/visualization/network_pass.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"
#include "core/device/torch_status.h"
#include "core/visualization/channels_last.h"
#include "core/visualization/fold_norms.h"
#include "core/visualization/per_sample_nodes.h"

namespace deepvision {
namespace {

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

NetworkPass::NetworkPass(std::shared_ptr<const Graph> graph,
                         const std::vector<ObservedLayer>& layers, int samples)
    : layers_(layers), samples_(samples), graph_(std::move(graph)) {}

absl::StatusOr<std::unique_ptr<NetworkPass>> NetworkPass::Create(
    const std::shared_ptr<const Graph>& graph, const std::vector<ObservedLayer>& layers,
    int samples, PassForm form, const std::function<bool()>& go_on) {
  DV_RETURN_IF_ERROR(CheckDifferentiable(*graph, layers));
  auto pass = std::unique_ptr<NetworkPass>(new NetworkPass(graph, layers, samples));
  DV_RETURN_IF_ERROR(CallTorch([&] {
    if (form.fast) pass->MakeFast();
    if (form.fast && form.own_units) pass->Slice(layers[0]);
    pass->Rewrite();
    return absl::OkStatus();
  }));
  if (samples > 1) DV_RETURN_IF_ERROR(pass->CheckBatch(go_on));
  return pass;
}

std::vector<ValueId> NetworkPass::Targets() const {
  std::vector<ValueId> targets;
  for (const ObservedLayer& layer : layers_) targets.push_back(layer.value);
  return targets;
}

void NetworkPass::MakeFast() {
  const c10::AutoGradMode no_gradients(false);
  graph_ = UseChannelsLast(*FoldNorms(*graph_, Targets()), Targets());
}

void NetworkPass::Slice(const ObservedLayer& layer) {
  auto sliced = SliceToUnits(*graph_, layer.value, layer.kind, units_);
  if (sliced == nullptr) return;
  graph_ = std::move(sliced);
  sliced_ = true;
}

void NetworkPass::Rewrite() {
  graph_ = RedirectReluGradients(*RunPerSample(*graph_, samples_), redirected_);
  plan_ = Plan::Make(graph_, Targets());
}

absl::Status NetworkPass::CheckBatch(const std::function<bool()>& go_on) {
  const absl::Status ran = Run({}, {}, {.go_on = go_on}).status();
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

void NetworkPass::SetRoles(SampleRoles roles) {
  roles.units.resize(static_cast<size_t>(samples_));
  roles.redirected.resize(roles.redirected.empty() ? 0 : static_cast<size_t>(samples_));
  units_->units = std::move(roles.units);
  redirected_->redirected = std::move(roles.redirected);
}

absl::Status NetworkPass::CheckShape(int target, const at::Tensor& value) const {
  const ObservedLayer& layer = layers_[static_cast<size_t>(target)];
  std::vector<int64_t> expected = graph_->values[layer.value].sizes;
  if (sliced_) expected[layer.kind == DataKind::kTokens ? 2 : 1] = 1;
  expected[0] *= samples_;
  return value.sizes() == at::IntArrayRef(expected) ? absl::OkStatus() : OneAtATime();
}

absl::StatusOr<SampleValues> NetworkPass::Run(const std::vector<at::Tensor>& inputs,
                                              SampleRoles roles, const RunOptions& options) {
  SetRoles(std::move(roles));
  return CallTorch([&]() -> absl::StatusOr<SampleValues> {
    SampleValues values(inputs.size(), std::vector<at::Tensor>(layers_.size()));
    const auto take = [&](int target, const at::Tensor& value) {
      DV_RETURN_IF_ERROR(CheckShape(target, value));
      const std::vector<at::Tensor> parts = value.split(value.size(0) / samples_);
      for (size_t i = 0; i < inputs.size(); ++i) values[i][target] = parts[i].to(dtype());
      return absl::OkStatus();
    };
    DV_RETURN_IF_ERROR(plan_.Run(Batch(inputs), options, take));
    return values;
  });
}

}  // namespace deepvision
