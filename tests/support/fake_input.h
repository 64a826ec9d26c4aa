// What a FakeEngine says of an Input, and what it computes from one.
//
// Threading: plain functions on values.
#ifndef DEEPVISION_TESTS_SUPPORT_FAKE_INPUT_H_
#define DEEPVISION_TESTS_SUPPORT_FAKE_INPUT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/api/activation.h"
#include "core/api/input.h"
#include "core/api/types.h"

namespace deepvision {

// Equal for equal inputs.
std::string DigestOfInput(const Input& input);
// A number made from the digest.
uint64_t SaltOfInput(const Input& input);

ProducedBy FakeProducer(Numerics numerics);
// "class 0" first, logits 5, 4, …, probabilities that halve.
Prediction MakeFakePrediction(int top_k);

// kNotFound with a reason.
absl::Status LayerNotFound(absl::string_view network, absl::string_view layer);

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_FAKE_INPUT_H_
