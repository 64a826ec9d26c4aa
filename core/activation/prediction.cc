#include "core/activation/prediction.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/activation/layer_values.h"
#include "core/base/status_macros.h"
#include "core/device/torch_status.h"

namespace deepvision {
namespace {

constexpr int kMaxTopK = 1000;

absl::Status CheckScores(const at::Tensor& scores, int top_k) {
  if (top_k < 1 || top_k > kMaxTopK) {
    return absl::InvalidArgumentError(
        absl::StrCat("top_k: ", top_k, " is not between 1 and ", kMaxTopK));
  }
  if (scores.dim() < 2 || scores.size(1) == 0 || scores.numel() != scores.size(1)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the network has no score per class: its output is [",
                     absl::StrJoin(scores.sizes(), ", "), "]"));
  }
  return CheckNumberType(scores);
}

absl::StatusOr<std::vector<double>> ScoresOf(const at::Tensor& scores) {
  const at::Tensor values = HostValues(scores.reshape({-1})).to(at::kDouble);
  const double* const data = values.const_data_ptr<double>();
  const std::vector<double> list(data, data + values.numel());
  const auto nan = std::find_if(list.begin(), list.end(), [](double v) { return std::isnan(v); });
  if (nan != list.end()) {
    return absl::FailedPreconditionError(absl::StrCat("the score of class ", nan - list.begin(),
                                                      " is NaN, so there is no prediction"));
  }
  return list;
}

std::vector<double> Softmax(std::vector<double> scores) {
  const double largest = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& score : scores) {
    // Not by subtraction: Inf - Inf is NaN.
    score = score == largest ? 1 : std::exp(score - largest);
    sum += score;
  }
  for (double& score : scores) score /= sum;
  return scores;
}

std::vector<double> Sigmoid(std::vector<double> scores) {
  for (double& score : scores) score = 1 / (1 + std::exp(-score));
  return scores;
}

absl::StatusOr<std::vector<double>> Probabilities(const std::vector<double>& scores,
                                                  ScoreActivation activation) {
  switch (activation) {
    case ScoreActivation::kSoftmax:
      return Softmax(scores);
    case ScoreActivation::kSigmoid:
      return Sigmoid(scores);
    case ScoreActivation::kNone:
      return scores;
    case ScoreActivation::kGuess:
      break;
  }
  return absl::InternalError("the score activation is not resolved");
}

// Indices of the `count` largest, equal ones by index.
std::vector<int> Largest(const std::vector<float>& values, size_t count) {
  std::vector<int> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  const auto before = [&](int a, int b) {
    return values[a] != values[b] ? values[a] > values[b] : a < b;
  };
  count = std::min(count, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                    before);
  order.resize(count);
  return order;
}

}  // namespace

absl::StatusOr<Prediction> Predict(const at::Tensor& scores, ScoreActivation activation,
                                   const std::vector<std::string>& class_names, int top_k) {
  DV_RETURN_IF_ERROR(CheckScores(scores, top_k));
  DV_ASSIGN_OR_RETURN(const std::vector<double> values,
                      CallTorch([&] { return ScoresOf(scores); }));
  DV_ASSIGN_OR_RETURN(const std::vector<double> exact, Probabilities(values, activation));
  const std::vector<float> probabilities(exact.begin(), exact.end());
  Prediction prediction;
  for (const int index : Largest(probabilities, static_cast<size_t>(top_k))) {
    ClassScore score;
    score.index = index;
    if (static_cast<size_t>(index) < class_names.size()) score.name = class_names[index];
    if (activation != ScoreActivation::kNone) score.logit = static_cast<float>(values[index]);
    score.probability = probabilities[index];
    prediction.classes.push_back(std::move(score));
  }
  return prediction;
}

}  // namespace deepvision
