#include "core/engine/layer_reading.h"

#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/api/error.h"

namespace deepvision {

at::Tensor ShownTensor(const SelectedLayer& layer, const at::Tensor& value,
                       ScoreActivation activation) {
  if (!layer.addressed.probabilities) return value;
  return activation == ScoreActivation::kSigmoid ? at::sigmoid(value) : at::softmax(value, 1);
}

absl::Status InLayer(const std::string& id, const absl::Status& status) {
  absl::Status named(status.code(), absl::StrCat("layer \"", id, "\": ", status.message()));
  const ErrorDetails details = GetErrorDetails(status);
  return WithReason(std::move(named), details.reason, details.metadata, details.retry_after);
}

absl::Status NoScores(const std::string& network) {
  return WithReason(
      absl::FailedPreconditionError(absl::StrCat("network \"", network,
                                                 "\" has no class scores, so it predicts nothing; "
                                                 "ask for its layers")),
      "NO_CLASS_SCORES", {{"network", network}});
}

}  // namespace deepvision
