#include "core/visualization/objective.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>

#include "tests/core/visualization/tensors.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

const ObservedLayer kMaps = {"maps", 0, DataKind::kFeatureMap, {4, 3, 5}};
const ObservedLayer kTokens = {"tokens", 1, DataKind::kTokens, {6, 3}};
const ObservedLayer kScores = {"scores", 2, DataKind::kVector, {7}};

at::Tensor Maps(uint64_t seed = 1) { return Normals({1, 4, 3, 5}, seed); }
at::Tensor Tokens(uint64_t seed = 1) { return Normals({1, 6, 3}, seed); }
at::Tensor Scores(uint64_t seed = 1) { return Normals({1, 7}, seed); }

absl::StatusOr<ObjectiveFunction> Create(const Objective& objective,
                                         const std::string& layer = "maps") {
  return ObjectiveFunction::Create(objective, layer, {kMaps, kTokens, kScores});
}

Objective Of(const ObjectiveTerm& term, double weight = 1) { return {{{term, weight}}, {}}; }

// The sum over the images of what they maximise.
at::Tensor Sum(const Objective& objective, const std::vector<std::vector<at::Tensor>>& images,
               const std::string& layer = "maps", int unit = 1) {
  const auto function = Create(objective, layer);
  REQUIRE_OK(function);
  at::Tensor sum;
  for (const at::Tensor& value : function->Evaluate(unit, images)) {
    sum = sum.defined() ? sum + value : value;
  }
  return sum;
}

double Value(const Objective& objective, const at::Tensor& value,
             const std::string& layer = "maps") {
  return Sum(objective, {{value}}, layer).item<double>();
}

TEST_CASE("a channel is the mean of the unit over maps, tokens or itself", "[visualization]") {
  CHECK(Value({}, Maps()) == Approx(Maps()[0][1].mean().item<double>()));
  CHECK(Value({}, Tokens(), "tokens") == Approx(Tokens()[0].select(1, 1).mean().item<double>()));
  CHECK(Value({}, Scores(), "scores") == Approx(Scores()[0][1].item<double>()));
  CHECK(Value(Of(ChannelTerm{"", 3}), Maps()) == Approx(Maps()[0][3].mean().item<double>()));
}

TEST_CASE("a neuron is the unit at a position, by default the middle", "[visualization]") {
  CHECK(Value(Of(NeuronTerm{}), Maps()) == Maps()[0][1][1][2].item<double>());
  CHECK(Value(Of(NeuronTerm{"", 2, 4, 0}), Maps()) == Maps()[0][2][0][4].item<double>());
  CHECK(Value(Of(NeuronTerm{}), Tokens(), "tokens") == Tokens()[0][3][1].item<double>());
  CHECK(Value(Of(NeuronTerm{"", 0, 5}), Tokens(), "tokens") == Tokens()[0][5][0].item<double>());
}

TEST_CASE("a direction is the dot product times the floored cosine's power", "[visualization]") {
  const std::vector<float> v = {1, -2, 0.5, 0};
  double plain = 0;
  double squared = 0;
  const at::Tensor maps = Maps()[0].flatten(1).contiguous();
  const double* const a = maps.const_data_ptr<double>();
  for (int p = 0; p < 15; ++p) {
    double dot = 0;
    double length = 0;
    for (int c = 0; c < 4; ++c) {
      dot += a[c * 15 + p] * v[static_cast<size_t>(c)];
      length += a[c * 15 + p] * a[c * 15 + p];
    }
    const double cosine = dot / (std::sqrt(length) + 1e-4) / (std::sqrt(5.25) + 1e-4);
    plain += dot / 15;
    squared += dot * std::pow(std::max(0.1, cosine), 2) / 15;
  }
  CHECK(Value(Of(DirectionTerm{"", v, 0}), Maps()) == Approx(plain));
  CHECK(Value(Of(DirectionTerm{"", v, 2}), Maps()) == Approx(squared));
}

TEST_CASE("a layer is the mean of squares, and terms of several layers add up", "[visualization]") {
  CHECK(Value(Of(LayerTerm{}), Maps()) == Approx(Maps().square().mean().item<double>()));
  const Objective both = {{{LayerTerm{"tokens"}, 2}, {ChannelTerm{"scores"}, -3}}, {}};
  CHECK(LayersOf(both, "maps") == std::vector<std::string>{"maps", "tokens", "scores"});
  const double sum = Sum(both, {{Maps(), Tokens(), Scores()}}).item<double>();
  CHECK(sum ==
        Approx(2 * Tokens().square().mean().item<double>() - 3 * Scores()[0][1].item<double>()));
}

TEST_CASE("interpolated images go from one unit to the other", "[visualization]") {
  Objective objective;
  objective.group = {3, 0, 0, 2};
  const auto function = Create(objective);
  REQUIRE_OK(function);
  const auto values = function->Evaluate(1, {{Maps(1)}, {Maps(2)}, {Maps(3)}});
  const auto mean = [](uint64_t seed, int unit) {
    return Maps(seed)[0][unit].mean().item<double>();
  };
  CHECK(values[0].item<double>() == Approx(mean(1, 1)));
  CHECK(values[1].item<double>() == Approx((mean(2, 1) + mean(2, 2)) / 2));
  CHECK(values[2].item<double>() == Approx(mean(3, 2)));
}

TEST_CASE("diversity costs the likeness of the images' Gram matrices", "[visualization]") {
  const auto gram = [](const at::Tensor& maps) {
    const at::Tensor f = maps[0].flatten(1);
    const at::Tensor g = at::mm(f, f.t());
    return g / g.square().sum().sqrt();
  };
  Objective objective;
  objective.group = {2, 100, 0, {}};
  const double likeness = (gram(Maps(1)) * gram(Maps(2))).sum().item<double>();
  Objective alone;
  alone.group.images = 2;
  const std::vector<std::vector<at::Tensor>> images = {{Maps(1)}, {Maps(2)}};
  CHECK(Sum(alone, images).item<double>() - Sum(objective, images).item<double>() ==
        Approx(100 * likeness));
}

TEST_CASE("alignment costs the distance of neighbours, less with their distance",
          "[visualization]") {
  Objective objective;
  objective.group = {3, 0, 10, {}};
  Objective alone;
  alone.group.images = 3;
  const std::vector<std::vector<at::Tensor>> images = {{Maps(1)}, {Maps(2)}, {Maps(3)}};
  const auto distance = [](uint64_t a, uint64_t b) {
    return (Maps(a) - Maps(b)).square().mean().item<double>();
  };
  const double price = distance(1, 2) / 2 + distance(2, 3) / 2 + distance(1, 3) / 4;
  CHECK(Sum(alone, images).item<double>() - Sum(objective, images).item<double>() ==
        Approx(10 * price));
}

TEST_CASE("gradients of objectives equal numerical ones", "[visualization][gradient]") {
  Objective group;
  group.terms = {{DirectionTerm{"", {1, -1, 2, 0}, 2}, 1}, {NeuronTerm{}, 0.5}, {LayerTerm{}, 1}};
  group.group = {3, 5, 7, 2};
  const auto of_group = [&](const at::Tensor& x) {
    return Sum(group, {{x.narrow(0, 0, 1)}, {x.narrow(0, 1, 1)}, {x.narrow(0, 2, 1)}});
  };
  CHECK(GradientError(of_group, Normals({3, 4, 3, 5})) < 1e-7);
  for (const ObjectiveTerm& term :
       {ObjectiveTerm(ChannelTerm{}), ObjectiveTerm(NeuronTerm{}), ObjectiveTerm(LayerTerm{}),
        ObjectiveTerm(DirectionTerm{"", {1, -1, 2}, 0}),
        ObjectiveTerm(DirectionTerm{"", {1, -1, 2}, 2})}) {
    const auto of_tokens = [&](const at::Tensor& x) { return Sum(Of(term), {{x}}, "tokens"); };
    CHECK(GradientError(of_tokens, Tokens()) < 1e-8);
  }
}

TEST_CASE("a direction at values that are all zero has a finite gradient",
          "[visualization][gradient]") {
  const at::Tensor zeros = at::zeros_like(Maps()).requires_grad_(true);
  const at::Tensor value = Sum(Of(DirectionTerm{"", {1, 2, 3, 4}, 2}), {{zeros}});
  CHECK(torch::autograd::grad({value}, {zeros})[0].isfinite().all().item<bool>());
}

TEST_CASE("an objective that a layer cannot have is refused by field", "[visualization]") {
  CHECK_STATUS(Create(Of(ChannelTerm{"", 4})), absl::StatusCode::kOutOfRange,
               "objective.terms[0].unit: layer \"maps\" has the units 0..3, not 4");
  CHECK_STATUS(Create(Of(NeuronTerm{"", 0, 5})), absl::StatusCode::kOutOfRange,
               "objective.terms[0].x");
  CHECK_STATUS(Create(Of(NeuronTerm{"scores", 0, 1})), absl::StatusCode::kOutOfRange, "x");
  CHECK_STATUS(Create(Of(DirectionTerm{"", {1, 2}})), absl::StatusCode::kInvalidArgument,
               "needs one weight per unit");
  CHECK_STATUS(Create(Of(ChannelTerm{}, NAN)), absl::StatusCode::kInvalidArgument, "weight");
  Objective many;
  many.group.images = 17;
  CHECK_STATUS(Create(many), absl::StatusCode::kInvalidArgument, "objective.group.images");
  CHECK_STATUS(ObjectiveFunction::Create({}, "o", {{"o", 0, DataKind::kOther, {2, 2}}}),
               absl::StatusCode::kInvalidArgument, "no units");
  const auto both = Create({{{ChannelTerm{"tokens"}, 1}, {ChannelTerm{}, 1}}, {}});
  REQUIRE_OK(both);
  REQUIRE_OK(both->CheckUnit(2));
  CHECK_STATUS(both->CheckUnit(3), absl::StatusCode::kOutOfRange, "tokens");
}

}  // namespace
}  // namespace deepvision
