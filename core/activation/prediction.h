// The most probable classes from the scores of a classifier.
//
// Probabilities are computed in float64: softmax with the largest score
// subtracted (scores that are +Inf share the probability), or the sigmoid of
// each score. Sorted by the probability as it is sent (float32), equal ones by
// index.
//
// Threading: runs torch: on the device worker only.
#ifndef DEEPVISION_CORE_ACTIVATION_PREDICTION_H_
#define DEEPVISION_CORE_ACTIVATION_PREDICTION_H_

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/api/activation.h"
#include "core/api/types.h"

namespace deepvision {

// `scores` is [1, classes] (or [1, classes, 1, 1]); names beyond the end of
// `class_names` are empty. With SOFTMAX and SIGMOID `logit` is the score; with
// NONE the score is the probability and there is no logit.
//
// At most `top_k` classes. Errors:
//   kInvalidArgument     top_k is not between 1 and 1000
//   kFailedPrecondition  the value is no score per class (a map, empty), or a
//                        score is NaN: there is no order to report
//   kInternal            `activation` is kGuess, or torch failed: our bug
absl::StatusOr<Prediction> Predict(const at::Tensor& scores, ScoreActivation activation,
                                   const std::vector<std::string>& class_names, int top_k);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_PREDICTION_H_
