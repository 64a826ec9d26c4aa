#include "core/engine/histogram_run.h"

#include <utility>

#include "core/activation/histogram.h"
#include "core/base/status_macros.h"
#include "core/engine/layer_reading.h"
#include "core/engine/layer_selection.h"

namespace deepvision {
namespace {

class HistogramRun : public PassMember {
 public:
  HistogramRun(ComputeContext context, std::shared_ptr<const HistogramQuery> query,
               std::shared_ptr<Reply<std::vector<Histogram>>> reply)
      : context_(std::move(context)), query_(std::move(query)), reply_(std::move(reply)) {}

  bool IsCancelled() const override { return context_.cancelled.IsCancelled(); }

  absl::StatusOr<std::vector<ValueId>> Select(
      std::shared_ptr<const Specialisation> specialisation) override {
    specialisation_ = std::move(specialisation);
    DV_ASSIGN_OR_RETURN(layers_, SelectLayers(*specialisation_, query_->layers));
    std::vector<ValueId> values;
    for (const SelectedLayer& layer : layers_) values.push_back(layer.addressed.value);
    return values;
  }

  absl::Status Begin(const std::vector<int>&) override { return absl::OkStatus(); }

  absl::Status Deliver(int position, const at::Tensor& value) override {
    const SelectedLayer& layer = layers_[position];
    auto histograms = LayerHistograms(ShownTensor(layer, value, context_.network.score_activation),
                                      specialisation_->Describe(layer.addressed).kind,
                                      query_->per_channel, query_->bins);
    if (!histograms.ok()) return InLayer(layer.id, histograms.status());
    for (Histogram& histogram : *histograms) {
      histogram.layer = layer.id;
      all_.push_back(std::move(histogram));
    }
    return absl::OkStatus();
  }

  void End(absl::Status status) override {
    if (!status.ok()) return (*reply_)(std::move(status));
    (*reply_)(std::move(all_));
  }

 private:
  const ComputeContext context_;
  const std::shared_ptr<const HistogramQuery> query_;
  const std::shared_ptr<Reply<std::vector<Histogram>>> reply_;
  std::shared_ptr<const Specialisation> specialisation_;
  std::vector<SelectedLayer> layers_;
  std::vector<Histogram> all_;
};

}  // namespace

std::shared_ptr<PassMember> MakeHistogramRun(ComputeContext context,
                                             std::shared_ptr<const HistogramQuery> query,
                                             std::shared_ptr<Reply<std::vector<Histogram>>> reply) {
  return std::make_shared<HistogramRun>(std::move(context), std::move(query), std::move(reply));
}

}  // namespace deepvision
