#include "core/visualization/ascent.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>

#include <cmath>

#include "core/api/error.h"
#include "tests/core/visualization/small_networks.h"
#include "tests/core/visualization/tensors.h"
#include "tests/support/operator_recorder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

using State = UnitProgress::State;

const std::vector<VisualizationMethod>& Methods() {
  static const auto* const methods =
      new std::vector<VisualizationMethod>{FourierMethod{}, RobustMethod{}, MacoMethod{.crops = 3}};
  return *methods;
}

std::unique_ptr<Ascent> Start(const AscentOptions& options, const std::vector<int>& units) {
  auto ascent = Ascent::Create(options, units);
  REQUIRE_OK(ascent);
  return *std::move(ascent);
}

at::Tensor Picture(const Ascent& ascent, int i, ImageSpace space = ImageSpace::kDisplay) {
  const auto images = ascent.Images(i, space);
  REQUIRE_OK(images);
  return *images;
}

double Clean(Ascent& ascent, size_t unit = 0) {
  const auto objectives = ascent.CleanObjectives();
  REQUIRE_OK(objectives);
  return (*objectives)[unit][0];
}

AscentOptions Small(const VisualizationMethod& method, int steps,
                    const std::string& activation = "relu") {
  return OptionsFor(TwoConvolutions(SomeWeights(at::kFloat), 15, 17, activation), method, steps);
}

TEST_CASE("every method makes an image that excites its unit more", "[visualization][ascent]") {
  for (const VisualizationMethod& method : Methods()) {
    auto ascent = Start(Small(method, 30), {3});
    const double before = Clean(*ascent);
    Finish(*ascent);
    INFO(method.index() << ": " << before << " -> " << Clean(*ascent));
    CHECK(Clean(*ascent) > before + 0.03);
    CHECK(ascent->progress()[0].state == State::kDone);
    CHECK(ascent->progress()[0].step == 30);
    const at::Tensor picture = Picture(*ascent, 0);
    CHECK(picture.sizes() == at::IntArrayRef({1, 3, 15, 17}));
    CHECK(picture.min().item<float>() >= 0);
    CHECK(picture.max().item<float>() <= 1);
    CHECK(picture.std().item<double>() > 0.02);
  }
}

TEST_CASE("a unit's image is the same whatever its neighbours and its slot",
          "[visualization][ascent]") {
  for (const char* activation : {"relu", "silu", "sigmoid"}) {
    for (const VisualizationMethod& method : Methods()) {
      AscentOptions options = Small(method, 6, activation);
      options.width = 4;
      auto alone = Start(options, {7});
      auto last = Start(options, {1, 2, 5, 7});
      auto second = Start(options, {3, 7});
      for (Ascent* ascent : {alone.get(), last.get(), second.get()}) Finish(*ascent);
      INFO(activation << " " << method.index());
      CHECK(Picture(*alone, 0).equal(Picture(*last, 3)));
      CHECK(Picture(*alone, 0).equal(Picture(*second, 1)));
      CHECK(alone->progress()[0].objective == last->progress()[3].objective);
      CHECK(Clean(*alone) == Clean(*last, 3));
    }
  }
}

TEST_CASE("equal options give equal bytes, another seed gives others", "[visualization][ascent]") {
  AscentOptions options = Small(FourierMethod{}, 5);
  auto one = Start(options, {4});
  auto two = Start(options, {4});
  options.spec.seed = 1;
  auto three = Start(options, {4});
  for (Ascent* ascent : {one.get(), two.get(), three.get()}) Finish(*ascent);
  CHECK(Picture(*one, 0).equal(Picture(*two, 0)));
  CHECK(!Picture(*one, 0).equal(Picture(*three, 0)));
}

TEST_CASE("a network sliced to the units asked for makes the same images",
          "[visualization][ascent]") {
  AscentOptions options = Small(FourierMethod{}, 10);
  options.width = 4;
  auto sliced = Start(options, {4, 9, 2});
  options.spec.numerics = Numerics::kExact;
  auto whole = Start(options, {4, 9, 2});
  Finish(*sliced);
  Finish(*whole);
  for (int i = 0; i < 3; ++i) {
    CHECK(Difference(Picture(*sliced, i), Picture(*whole, i)) < 1e-3);
    CHECK(Clean(*sliced, i) == Approx(Clean(*whole, i)).epsilon(1e-3));
  }
}

TEST_CASE("a start image is where the ascent begins", "[visualization][ascent]") {
  for (const VisualizationMethod& method : {Methods()[0], Methods()[1]}) {
    AscentOptions options = Small(method, 5);
    options.preprocessing.mean = {0.4F, 0.5F, 0.3F};
    options.preprocessing.std = {0.2F, 0.3F, 0.25F};
    options.start = (Normals({3, 15, 17}) / 4).to(at::kFloat);
    auto ascent = Start(options, {0});
    CHECK(Difference(Picture(*ascent, 0, ImageSpace::kNetwork)[0], options.start) < 1e-4);
  }
}

TEST_CASE("networks of one and of four channels have images, too", "[visualization][ascent]") {
  for (const int64_t channels : {1, 4}) {
    std::vector<at::Tensor> weights = SomeWeights(at::kFloat);
    weights[0] = (Normals({6, channels, 3, 3}) / 3).to(at::kFloat);
    for (const VisualizationMethod& method : Methods()) {
      auto ascent = Start(OptionsFor(TwoConvolutions(weights, 12, 12), method, 4), {3});
      Finish(*ascent);
      CHECK(Picture(*ascent, 0).sizes() == at::IntArrayRef({1, channels, 12, 12}));
      CHECK(ascent->progress()[0].state == State::kDone);
    }
  }
}

TEST_CASE("a unit without any gradient is dead after sixteen steps", "[visualization][ascent]") {
  std::vector<at::Tensor> weights = SomeWeights(at::kFloat);
  weights[2][5].fill_(0);
  weights[3][5].fill_(-1);
  for (const VisualizationMethod& method : Methods()) {
    AscentOptions options = OptionsFor(TwoConvolutions(weights, 12, 12), method, 100);
    options.width = 4;
    auto ascent = Start(options, {5, 6});
    for (int i = 0; i < 16; ++i) REQUIRE_OK(ascent->Step());
    CHECK(ascent->progress()[0].state == State::kDead);
    CHECK(ascent->progress()[0].step == 16);
    CHECK(ascent->progress()[1].state == State::kRunning);
  }
}

TEST_CASE("a start below the ReLU comes alive where its gradient is redirected",
          "[visualization][ascent]") {
  std::vector<at::Tensor> weights = SomeWeights(at::kFloat);
  weights[3][5].fill_(-1);  // far below zero for a grey image
  AscentOptions options =
      OptionsFor(TwoConvolutions(weights, 12, 12), FourierMethod{.learning_rate = 0.5}, 60);
  auto ascent = Start(options, {5});
  CHECK(Clean(*ascent) == 0);
  Finish(*ascent);
  CHECK(ascent->progress()[0].state == State::kDone);
  CHECK(Clean(*ascent) > 0);
}

TEST_CASE("numbers that are not finite restart a unit, and then fail it alone",
          "[visualization][ascent]") {
  std::vector<at::Tensor> weights = SomeWeights(at::kFloat);
  weights[3][2].fill_(NAN);
  AscentOptions options = OptionsFor(TwoConvolutions(weights, 12, 12), FourierMethod{}, 10);
  options.width = 4;
  auto ascent = Start(options, {1, 2, 3});
  REQUIRE_OK(ascent->Step());
  CHECK(ascent->progress()[1].restarts == 1);
  CHECK(ascent->progress()[1].state == State::kRunning);
  Finish(*ascent);
  CHECK(ascent->progress()[1].state == State::kFailed);
  CHECK(ascent->progress()[1].restarts == 3);
  CHECK(ascent->progress()[1].step == 0);
  CHECK(ascent->progress()[0].state == State::kDone);
  auto alone = Start(options, {3});
  Finish(*alone);
  CHECK(Picture(*alone, 0).equal(Picture(*ascent, 2)));
}

TEST_CASE("images of a group differ, and one unit is one group", "[visualization][ascent]") {
  AscentOptions options = Small(FourierMethod{}, 5);
  options.spec.objective.group = {2, 1, 0, {}};
  options.width = 4;
  auto ascent = Start(options, {1, 2});
  Finish(*ascent);
  const at::Tensor images = Picture(*ascent, 1);
  CHECK(images.size(0) == 2);
  CHECK(!images[0].equal(images[1]));
  CHECK_STATUS(Ascent::Create(options, {1, 2, 3}), absl::StatusCode::kInvalidArgument,
               "does not hold 3 units of 2");
}

TEST_CASE("penalties change the image but not the objective", "[visualization][ascent]") {
  AscentOptions options = Small(FourierMethod{}, 40);
  auto plain = Start(options, {3});
  options.spec.penalties = {{PenaltyKind::kTotalVariation, 100}};
  auto smooth = Start(options, {3});
  REQUIRE_OK(plain->Step());
  REQUIRE_OK(smooth->Step());
  CHECK(plain->progress()[0].objective == smooth->progress()[0].objective);
  Finish(*plain);
  Finish(*smooth);
  const auto roughness = [](const at::Tensor& image) {
    return (image.slice(3, 1) - image.slice(3, 0, -1)).abs().mean().item<double>();
  };
  CHECK(roughness(Picture(*smooth, 0)) < 0.5 * roughness(Picture(*plain, 0)));
}

TEST_CASE("only maco has an opacity, from 0 to 1", "[visualization][ascent]") {
  auto maco = Start(Small(Methods()[2], 5), {3});
  Finish(*maco);
  const auto opacity = maco->Opacity(0);
  REQUIRE_OK(opacity);
  CHECK(opacity->sizes() == at::IntArrayRef({1, 15, 17}));
  CHECK(opacity->max().item<float>() == 1);
  CHECK(opacity->min().item<float>() >= 0);
  auto fourier = Start(Small(Methods()[0], 2), {3});
  Finish(*fourier);
  REQUIRE_OK(fourier->Opacity(0));
  CHECK(!fourier->Opacity(0)->defined());
}

TEST_CASE("a cancelled step can be taken again", "[visualization][ascent]") {
  for (const VisualizationMethod& method : Methods()) {
    AscentOptions options = Small(method, 3);
    bool go_on = true;
    options.go_on = [&] { return go_on; };
    auto ascent = Start(options, {3});
    go_on = false;
    CHECK(ascent->Step().code() == absl::StatusCode::kCancelled);
    CHECK(ascent->progress()[0].step == 0);
    go_on = true;
    Finish(*ascent);
    auto undisturbed = Start(Small(method, 3), {3});
    Finish(*undisturbed);
    CHECK(Picture(*ascent, 0).equal(Picture(*undisturbed, 0)));
  }
}

TEST_CASE("what cannot climb is refused before it starts", "[visualization][ascent]") {
  AscentOptions options = Small(FourierMethod{}, 3);
  CHECK_STATUS(Ascent::Create(options, {20}), absl::StatusCode::kOutOfRange, "units");
  CHECK_STATUS(Ascent::Create(options, {1, 2}), absl::StatusCode::kInvalidArgument, "batch of 1");
  options.start = at::full({2, 4, 4}, 0.0F);
  CHECK_STATUS(Ascent::Create(options, {1}), absl::StatusCode::kInvalidArgument, "start");
}

TEST_CASE("a network that bakes its batch in takes one image at a time",
          "[visualization][ascent]") {
  const at::Tensor x = at::full({1, 3, 4, 4}, 1.0F).requires_grad_(true);
  OperatorRecorder net(x);
  const at::Tensor y = net.Call("aten::reshape", "", {x, c10::List<int64_t>({1, 48, 1, 1})});
  AscentOptions options =
      OptionsFor(net.Finish(net.Call("aten::tanh", "", {y})), FourierMethod{}, 2);
  options.width = 4;
  const auto refused = Ascent::Create(options, {1});
  CHECK_STATUS(refused, absl::StatusCode::kFailedPrecondition, "one image at a time");
  CHECK(GetErrorDetails(refused.status()).reason == "ONE_IMAGE_AT_A_TIME");
  options.width = 1;
  Finish(*Start(options, {1}));
}

}  // namespace
}  // namespace deepvision
