#include "core/engine/classification_run.h"

#include <utility>

#include "absl/time/clock.h"
#include "core/activation/prediction.h"
#include "core/base/status_macros.h"
#include "core/engine/layer_reading.h"

namespace deepvision {
namespace {

class ClassificationRun : public PassMember {
 public:
  ClassificationRun(ComputeContext context, std::shared_ptr<const ClassifyQuery> query,
                    std::shared_ptr<Reply<Classification>> reply)
      : context_(std::move(context)), query_(std::move(query)), reply_(std::move(reply)) {}

  bool IsCancelled() const override { return context_.cancelled.IsCancelled(); }

  absl::StatusOr<std::vector<ValueId>> Select(
      std::shared_ptr<const Specialisation> specialisation) override {
    if (specialisation->scores() == kNone) return NoScores(query_->network);
    return std::vector<ValueId>{specialisation->scores()};
  }

  absl::Status Begin(const std::vector<int>&) override {
    begin_ = absl::Now();
    return absl::OkStatus();
  }

  absl::Status Deliver(int, const at::Tensor& scores) override {
    const NetworkInfo& network = context_.network;
    DV_ASSIGN_OR_RETURN(result_.prediction, Predict(scores, network.score_activation,
                                                    network.class_names, query_->top_k));
    return absl::OkStatus();
  }

  void End(absl::Status status) override {
    if (!status.ok()) return (*reply_)(std::move(status));
    result_.compute_time = absl::Now() - begin_;
    result_.network_digest = context_.network.digest;
    result_.input_digest = context_.input_digest;
    result_.produced_by = context_.produced_by;
    (*reply_)(std::move(result_));
  }

 private:
  const ComputeContext context_;
  const std::shared_ptr<const ClassifyQuery> query_;
  const std::shared_ptr<Reply<Classification>> reply_;
  absl::Time begin_;
  Classification result_;
};

}  // namespace

std::shared_ptr<PassMember> MakeClassificationRun(ComputeContext context,
                                                  std::shared_ptr<const ClassifyQuery> query,
                                                  std::shared_ptr<Reply<Classification>> reply) {
  return std::make_shared<ClassificationRun>(std::move(context), std::move(query),
                                             std::move(reply));
}

}  // namespace deepvision
