#include "core/engine/activation_run.h"

#include <utility>

#include "core/activation/plan_layer.h"
#include "core/activation/prediction.h"
#include "core/base/status_macros.h"
#include "core/engine/layer_reading.h"
#include "core/engine/layer_selection.h"

namespace deepvision {
namespace {

constexpr int kPredictedClasses = 10;  // of StreamActivations

// For PNG, of its codes: pictures are hardly ever larger.
uint64_t EncodedBytes(const EncodedSize& size) {
  if (size.byte_count.has_value()) return *size.byte_count;
  return static_cast<uint64_t>(ElementCount(size.shape).value_or(0));
}

// Its values: the layers, then the scores when a prediction is asked for.
class ActivationRun : public PassMember {
 public:
  ActivationRun(ComputeContext context, std::shared_ptr<const ActivationQuery> query,
                ByteBudget& budget, std::shared_ptr<LayerDelivery> delivery,
                std::shared_ptr<RangeMemory> ranges)
      : context_(std::move(context)),
        query_(std::move(query)),
        budget_(budget),
        delivery_(std::move(delivery)),
        ranges_(std::move(ranges)) {}

  bool IsCancelled() const override { return context_.cancelled.IsCancelled(); }

  absl::StatusOr<std::vector<ValueId>> Select(
      std::shared_ptr<const Specialisation> specialisation) override {
    specialisation_ = std::move(specialisation);
    DV_ASSIGN_OR_RETURN(layers_, SelectLayers(*specialisation_, query_->layers, query_->defaults));
    DV_RETURN_IF_ERROR(PlanLayers());
    std::vector<ValueId> values;
    for (const SelectedLayer& layer : layers_) values.push_back(layer.addressed.value);
    if (!query_->prediction) return values;
    if (specialisation_->scores() == kNone) return NoScores(query_->network);
    values.push_back(specialisation_->scores());
    return values;
  }

  absl::Status Begin(const std::vector<int>& order) override {
    DV_ASSIGN_OR_RETURN(ByteBudget::Reservation reserved, Reserve());
    delivery_->Start(MakeHeader(order), std::move(reserved));
    return absl::OkStatus();
  }

  absl::Status Deliver(int position, const at::Tensor& value) override {
    if (!IsPrediction(position)) return delivery_->Add(Capture(position, value));
    const NetworkInfo& network = context_.network;
    DV_ASSIGN_OR_RETURN(Prediction prediction, Predict(value, network.score_activation,
                                                       network.class_names, kPredictedClasses));
    return delivery_->Add(std::move(prediction));
  }

  void End(absl::Status status) override { delivery_->Finish(std::move(status)); }

 private:
  bool IsPrediction(int position) const { return position == static_cast<int>(layers_.size()); }

  absl::Status PlanLayers() {
    for (const SelectedLayer& layer : layers_) {
      const DataDescription data = specialisation_->Describe(layer.addressed);
      const auto size = PlanLayer(data.shape, data.kind, layer.options,
                                  ranges_ == nullptr ? Frames::kOne : Frames::kMany);
      if (!size.ok()) return InLayer(layer.id, size.status());
      sizes_.push_back(*size);
    }
    return absl::OkStatus();
  }

  ActivationHeader MakeHeader(const std::vector<int>& order) const {
    ActivationHeader header{
        query_->network, context_.network.digest, context_.input_digest, context_.produced_by, {}};
    for (const int position : order) {
      if (IsPrediction(position)) continue;
      header.layers.push_back({layers_[position].id, sizes_[position].byte_count});
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

  CapturedLayer Capture(int position, const at::Tensor& value) const {
    const SelectedLayer& layer = layers_[position];
    const DataDescription data = specialisation_->Describe(layer.addressed);
    return {layer.id,
            specialisation_->NodeIndex(layer.id),
            data.grid,
            data.kind,
            layer.options,
            ShownTensor(layer, value, context_.network.score_activation),
            EncodedBytes(sizes_[position]),
            TensorBytes(layer),
            ranges_ == nullptr ? nullptr : ranges_->Of(layer.id)};
  }

  const ComputeContext context_;
  const std::shared_ptr<const ActivationQuery> query_;
  ByteBudget& budget_;
  const std::shared_ptr<LayerDelivery> delivery_;
  const std::shared_ptr<RangeMemory> ranges_;  // null: one input alone
  std::shared_ptr<const Specialisation> specialisation_;
  std::vector<SelectedLayer> layers_;
  std::vector<EncodedSize> sizes_;  // by layer
};

}  // namespace

std::shared_ptr<PassMember> MakeActivationRun(ComputeContext context,
                                              std::shared_ptr<const ActivationQuery> query,
                                              ByteBudget& budget,
                                              std::shared_ptr<LayerDelivery> delivery,
                                              std::shared_ptr<RangeMemory> ranges) {
  return std::make_shared<ActivationRun>(std::move(context), std::move(query), budget,
                                         std::move(delivery), std::move(ranges));
}

}  // namespace deepvision
