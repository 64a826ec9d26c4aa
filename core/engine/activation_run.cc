#include "core/engine/activation_run.h"

#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/activation/histogram.h"
#include "core/activation/plan_layer.h"
#include "core/activation/prediction.h"
#include "core/api/error.h"
#include "core/base/status_macros.h"
#include "core/device/torch_status.h"
#include "core/engine/layer_selection.h"

namespace deepvision {
namespace {

constexpr int kPredictedClasses = 10;  // of StreamActivations

at::Tensor Probabilities(const at::Tensor& scores, ScoreActivation activation) {
  return activation == ScoreActivation::kSigmoid ? at::sigmoid(scores) : at::softmax(scores, 1);
}

absl::Status NoScores(const std::string& network) {
  return WithReason(
      absl::FailedPreconditionError(absl::StrCat("network \"", network,
                                                 "\" has no class scores, so it predicts nothing; "
                                                 "ask for its layers")),
      "NO_CLASS_SCORES", {{"network", network}});
}

// A status that names the layer it is about.
absl::Status InLayer(const std::string& id, const absl::Status& status) {
  absl::Status named(status.code(), absl::StrCat("layer \"", id, "\": ", status.message()));
  const ErrorDetails details = GetErrorDetails(status);
  return WithReason(std::move(named), details.reason, details.metadata, details.retry_after);
}

// For PNG, of its codes: pictures are hardly ever larger.
uint64_t EncodedBytes(const EncodedSize& size) {
  if (size.byte_count.has_value()) return *size.byte_count;
  return static_cast<uint64_t>(ElementCount(size.shape).value_or(0));
}

// One activation request: what is captured and what becomes of it.
class ActivationRun {
 public:
  ActivationRun(const ComputeContext& context, const ActivationQuery& query, ByteBudget& budget,
                LayerDelivery& delivery)
      : context_(context),
        query_(query),
        budget_(budget),
        delivery_(delivery),
        info_(context.network.Info()) {}

  absl::Status Run() {
    const at::Tensor input = context_.network.Convert(context_.input.tensor);
    DV_ASSIGN_OR_RETURN(specialisation_, context_.network.Fit(input));
    DV_ASSIGN_OR_RETURN(layers_, SelectLayers(*specialisation_, query_.layers, query_.defaults));
    DV_RETURN_IF_ERROR(PlanLayers());
    const Plan plan = Plan::Make(specialisation_->graph(), targets_);
    DV_ASSIGN_OR_RETURN(ByteBudget::Reservation reserved, Reserve());
    delivery_.Start(MakeHeader(plan), std::move(reserved));
    return CallTorch([&] {
      return plan.Run(input, {.cancelled = [this] { return context_.cancelled.IsCancelled(); }},
                      [&](int target, const at::Tensor& value) { return Deliver(target, value); });
    });
  }

 private:
  absl::Status PlanLayers() {
    for (const SelectedLayer& layer : layers_) {
      const DataDescription data = specialisation_->Describe(layer.addressed);
      const auto size = PlanLayer(data.shape, data.kind, layer.options);
      if (!size.ok()) return InLayer(layer.id, size.status());
      sizes_.push_back(*size);
      targets_.push_back(layer.addressed.value);
    }
    if (!query_.prediction) return absl::OkStatus();
    if (specialisation_->scores() == kNone) return NoScores(query_.network);
    targets_.push_back(specialisation_->scores());
    return absl::OkStatus();
  }

  bool IsPrediction(int target) const { return target == static_cast<int>(layers_.size()); }

  ActivationHeader MakeHeader(const Plan& plan) const {
    ActivationHeader header{
        query_.network, info_.digest, context_.input.digest, context_.produced_by, {}};
    for (const int target : plan.delivery_order()) {
      if (!IsPrediction(target))
        header.layers.push_back({layers_[target].id, sizes_[target].byte_count});
    }
    return header;
  }

  // A reader that takes nothing makes all of them wait.
  absl::StatusOr<ByteBudget::Reservation> Reserve() const {
    uint64_t bytes = 0;
    for (const SelectedLayer& layer : layers_) bytes += TensorBytes(layer);
    return budget_.Reserve(bytes);
  }

  // PlanLayer has counted them.
  uint64_t TensorBytes(const SelectedLayer& layer) const {
    const std::optional<int64_t> count =
        ElementCount(specialisation_->Describe(layer.addressed).shape);
    const Value& value = specialisation_->graph()->values[layer.addressed.value];
    return static_cast<uint64_t>(count.value_or(0)) * c10::elementSize(value.dtype);
  }

  absl::Status Deliver(int target, const at::Tensor& value) {
    if (!IsPrediction(target)) return delivery_.Add(Capture(target, value));
    DV_ASSIGN_OR_RETURN(Prediction prediction, Predict(value, info_.score_activation,
                                                       info_.class_names, kPredictedClasses));
    return delivery_.Add(std::move(prediction));
  }

  CapturedLayer Capture(int target, const at::Tensor& value) const {
    const SelectedLayer& layer = layers_[target];
    const DataDescription data = specialisation_->Describe(layer.addressed);
    const at::Tensor shown =
        layer.addressed.probabilities ? Probabilities(value, info_.score_activation) : value;
    return {
        layer.id, specialisation_->NodeIndex(layer.id), data.grid,         data.kind, layer.options,
        shown,    EncodedBytes(sizes_[target]),         TensorBytes(layer)};
  }

  const ComputeContext& context_;
  const ActivationQuery& query_;
  ByteBudget& budget_;
  LayerDelivery& delivery_;
  const NetworkInfo info_;
  std::shared_ptr<const Specialisation> specialisation_;
  std::vector<SelectedLayer> layers_;
  std::vector<EncodedSize> sizes_;  // by layer
  std::vector<ValueId> targets_;    // by layer, then the scores
};

void AppendHistograms(std::vector<Histogram> histograms, const std::string& layer,
                      std::vector<Histogram>& all) {
  for (Histogram& histogram : histograms) {
    histogram.layer = layer;
    all.push_back(std::move(histogram));
  }
}

}  // namespace

absl::Status RunActivations(const ComputeContext& context, const ActivationQuery& query,
                            ByteBudget& budget, LayerDelivery& delivery) {
  return ActivationRun(context, query, budget, delivery).Run();
}

absl::StatusOr<Classification> RunClassification(const ComputeContext& context,
                                                 const ClassifyQuery& query) {
  const at::Tensor input = context.network.Convert(context.input.tensor);
  DV_ASSIGN_OR_RETURN(const auto specialisation, context.network.Fit(input));
  if (specialisation->scores() == kNone) return NoScores(query.network);
  const NetworkInfo info = context.network.Info();
  Classification result;
  const absl::Time begin = absl::Now();
  const Plan plan = Plan::Make(specialisation->graph(), {specialisation->scores()});
  DV_RETURN_IF_ERROR(CallTorch([&] {
    return plan.Run(input, {.cancelled = [&] { return context.cancelled.IsCancelled(); }},
                    [&](int, const at::Tensor& scores) -> absl::Status {
                      DV_ASSIGN_OR_RETURN(
                          result.prediction,
                          Predict(scores, info.score_activation, info.class_names, query.top_k));
                      return absl::OkStatus();
                    });
  }));
  result.compute_time = absl::Now() - begin;
  result.network_digest = info.digest;
  result.input_digest = context.input.digest;
  result.produced_by = context.produced_by;
  return result;
}

absl::StatusOr<std::vector<Histogram>> RunHistograms(const ComputeContext& context,
                                                     const HistogramQuery& query) {
  const at::Tensor input = context.network.Convert(context.input.tensor);
  DV_ASSIGN_OR_RETURN(const auto specialisation, context.network.Fit(input));
  DV_ASSIGN_OR_RETURN(const auto layers, SelectLayers(*specialisation, query.layers));
  const ScoreActivation activation = context.network.Info().score_activation;
  std::vector<ValueId> targets;
  for (const SelectedLayer& layer : layers) targets.push_back(layer.addressed.value);
  std::vector<Histogram> all;
  const Plan plan = Plan::Make(specialisation->graph(), targets);
  const auto count = [&](int target, const at::Tensor& value) -> absl::Status {
    const SelectedLayer& layer = layers[target];
    auto histograms = LayerHistograms(
        layer.addressed.probabilities ? Probabilities(value, activation) : value,
        specialisation->Describe(layer.addressed).kind, query.per_channel, query.bins);
    if (!histograms.ok()) return InLayer(layer.id, histograms.status());
    AppendHistograms(*std::move(histograms), layer.id, all);
    return absl::OkStatus();
  };
  DV_RETURN_IF_ERROR(CallTorch([&] {
    return plan.Run(input, {.cancelled = [&] { return context.cancelled.IsCancelled(); }}, count);
  }));
  return all;
}

}  // namespace deepvision
