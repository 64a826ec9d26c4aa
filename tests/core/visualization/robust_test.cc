// The robust method against a transcription of the predecessor's in PyTorch
// (tests/data/make_visualization_references.py).
#include <ATen/TensorOperators.h>

#include <cmath>

#include "core/visualization/robust_transform.h"
#include "tests/core/visualization/small_networks.h"
#include "tests/core/visualization/tensors.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

RobustDraw GivenDraw(int step) {
  const at::Tensor numbers = ReferenceTensor("robust.draws")[step];
  const auto number = [&](int i) { return numbers[i].item<double>(); };
  RobustDraw draw;
  if (!std::isnan(number(0))) draw.degrees = number(0);
  if (!std::isnan(number(1))) draw.scale = number(1);
  if (!std::isnan(number(2))) {
    draw.roll = {static_cast<int64_t>(number(2)), static_cast<int64_t>(number(3))};
  }
  return draw;
}

// The largest difference from the transcription after 20 steps of unit 2.
double ErrorAfterTwentySteps(c10::ScalarType dtype, const std::string& image) {
  std::vector<at::Tensor> weights;
  for (int i = 0; i < 4; ++i) {
    weights.push_back(ReferenceTensor("robust.weight" + std::to_string(i)).to(dtype));
  }
  RobustMethod method;
  method.step_length = 3;
  method.plain_steps = 3;
  AscentOptions options = OptionsFor(TwoConvolutions(weights, 18, 22), method, 20);
  options.start = ReferenceTensor("robust.start")[0].to(dtype);
  options.robust_draws = GivenDraw;
  auto ascent = Ascent::Create(options, {2});
  REQUIRE_OK(ascent);
  Finish(**ascent);
  CHECK((*ascent)->progress()[0].state == UnitProgress::State::kDone);
  return Difference((*ascent)->Parameters(0), ReferenceTensor(image));
}

TEST_CASE("twenty steps of robust are the predecessor's, given its draws", "[visualization]") {
  CHECK(ErrorAfterTwentySteps(at::kDouble, "robust.image.float64") < 1e-9);
  CHECK(ErrorAfterTwentySteps(at::kFloat, "robust.image.float32") < 1e-4);
}

TEST_CASE("robust draws rotation, scale and roll as often as it should", "[visualization]") {
  int rotated = 0;
  int scaled = 0;
  int rolled = 0;
  const RobustMethod method;
  for (int step = 0; step < 4000; ++step) {
    UnitRandom random({.seed = 1, .step = step});
    const RobustDraw draw = DrawRobust(method, random);
    if (draw.degrees) CHECK(std::abs(*draw.degrees) <= 10);
    if (draw.scale) CHECK((*draw.scale >= 1 && *draw.scale <= 1.05));
    if (draw.roll) CHECK((std::abs((*draw.roll)[0]) <= 5 && std::abs((*draw.roll)[1]) <= 5));
    rotated += draw.degrees ? 1 : 0;
    scaled += draw.scale ? 1 : 0;
    rolled += draw.roll ? 1 : 0;
  }
  CHECK(rotated == Approx(1200).margin(120));
  CHECK(scaled == Approx(200).margin(60));
  CHECK(rolled == Approx(1200).margin(120));
}

TEST_CASE("without draws robust only blurs and pulls", "[visualization]") {
  const at::Tensor image = Normals({1, 3, 12, 16});
  RobustMethod method;
  method.blur_sigma = 0;
  method.distribution_pull = 0;
  CHECK(Difference(RobustTransform(image, method, {}), image) == 0);
  method.distribution_pull = 1;
  const at::Tensor pulled = RobustTransform(image * 5 + 3, method, {});
  CHECK(pulled.mean().item<double>() == Approx(0).margin(1e-12));
  CHECK(pulled.std().item<double>() == Approx(1));
}

}  // namespace
}  // namespace deepvision
