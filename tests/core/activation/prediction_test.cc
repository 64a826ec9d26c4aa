#include "core/activation/prediction.h"

#include <limits>
#include <string>
#include <vector>

#include "tests/core/activation/references.h"
#include "tests/core/activation/tensors.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

at::Tensor Scores(const std::vector<float>& scores) {
  return TensorOf(scores, {1, static_cast<int64_t>(scores.size())});
}

TEST_CASE("probabilities and their order equal PyTorch's in float64", "[activation][prediction]") {
  const std::string name = GENERATE(as<std::string>(), "saturated", "moderate");
  const bool softmax = GENERATE(true, false);
  const auto activation = softmax ? ScoreActivation::kSoftmax : ScoreActivation::kSigmoid;
  const std::string key = "prediction." + name + (softmax ? ".softmax" : ".sigmoid");
  const auto scores = Reference<float>("prediction." + name + ".values");
  const auto probabilities = Reference<float>(key + ".probabilities");
  const auto order = Reference<uint16_t>(key + ".order");
  const auto prediction = Predict(Scores(scores), activation, {}, 1000);
  REQUIRE_OK(prediction);
  REQUIRE(prediction->classes.size() == scores.size());
  for (size_t i = 0; i < order.size(); ++i) {
    const ClassScore& score = prediction->classes[i];
    CHECK(score.index == order[i]);
    CHECK(score.logit == scores[order[i]]);
    CHECK(score.probability == Approx(probabilities[order[i]]).epsilon(1e-6).margin(1e-45));
  }
}

TEST_CASE("the k most probable classes come with their names", "[activation][prediction]") {
  const auto prediction =
      Predict(Scores({0.5f, 0.1f, 0.4f}), ScoreActivation::kNone, {"cat", "dog"}, 2);
  REQUIRE_OK(prediction);
  REQUIRE(prediction->classes.size() == 2);
  CHECK(prediction->classes[0].name == "cat");
  CHECK(prediction->classes[0].probability == 0.5f);
  CHECK(!prediction->classes[0].logit.has_value());
  CHECK(prediction->classes[1].index == 2);
  CHECK(prediction->classes[1].name.empty());
}

TEST_CASE("equal probabilities are sorted by index", "[activation][prediction]") {
  const auto prediction = Predict(Scores({1, 3, 1, 3}), ScoreActivation::kSoftmax, {}, 4);
  REQUIRE_OK(prediction);
  const auto& classes = prediction->classes;
  CHECK(std::vector<int>{classes[0].index, classes[1].index, classes[2].index, classes[3].index} ==
        std::vector<int>{1, 3, 0, 2});
}

TEST_CASE("infinite scores have probabilities", "[activation][prediction]") {
  const float infinity = std::numeric_limits<float>::infinity();
  const auto shared =
      Predict(Scores({infinity, 1, infinity, -infinity}), ScoreActivation::kSoftmax, {}, 4);
  REQUIRE_OK(shared);
  CHECK(shared->classes[0].probability == 0.5f);
  CHECK(shared->classes[1].index == 2);
  CHECK(shared->classes[3].probability == 0);
  const auto none = Predict(Scores({-infinity, -infinity}), ScoreActivation::kSoftmax, {}, 2);
  CHECK(none->classes[0].probability == 0.5f);
}

TEST_CASE("a NaN score is an error and not a place in the order", "[activation][prediction]") {
  CHECK_STATUS(Predict(Scores({1, std::numeric_limits<float>::quiet_NaN()}),
                       ScoreActivation::kSoftmax, {}, 1),
               absl::StatusCode::kFailedPrecondition, "class 1 is NaN");
}

TEST_CASE("a map is no score per class", "[activation][prediction]") {
  CHECK_STATUS(
      Predict(TensorOf<float>({1, 2, 3, 4}, {1, 2, 1, 2}), ScoreActivation::kSoftmax, {}, 1),
      absl::StatusCode::kFailedPrecondition, "[1, 2, 1, 2]");
  REQUIRE_OK(Predict(TensorOf<float>({1, 2}, {1, 2, 1, 1}), ScoreActivation::kSoftmax, {}, 1));
}

TEST_CASE("top_k has limits", "[activation][prediction]") {
  for (const int top_k : {0, 1001}) {
    CHECK_STATUS(Predict(Scores({1}), ScoreActivation::kNone, {}, top_k),
                 absl::StatusCode::kInvalidArgument, "top_k");
  }
}

}  // namespace
}  // namespace deepvision
