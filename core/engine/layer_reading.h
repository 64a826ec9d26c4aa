// What the members of a forward pass share: the tensor that an id stands for, and
// errors that name it.
//
// Threading: plain functions.
#ifndef DEEPVISION_CORE_ENGINE_LAYER_READING_H_
#define DEEPVISION_CORE_ENGINE_LAYER_READING_H_

#include <ATen/core/Tensor.h>

#include <string>

#include "absl/status/status.h"
#include "core/api/types.h"
#include "core/engine/layer_selection.h"

namespace deepvision {

// `value` itself, or the probabilities that the id names and the network does not
// compute.
at::Tensor ShownTensor(const SelectedLayer& layer, const at::Tensor& value,
                       ScoreActivation activation);

// A status that names the layer it is about.
absl::Status InLayer(const std::string& id, const absl::Status& status);

// kFailedPrecondition, reason NO_CLASS_SCORES.
absl::Status NoScores(const std::string& network);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_LAYER_READING_H_
