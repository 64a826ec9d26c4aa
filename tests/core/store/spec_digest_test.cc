#include "core/store/spec_digest.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace deepvision {
namespace {

VisualizationContext Context() {
  VisualizationContext context;
  context.model_digest = "model";
  context.preprocessing = {3, 224, 224};
  context.preprocessing.mean = {0.5F, 0.4F, 0.3F};
  context.preprocessing.std = {0.2F, 0.2F, 0.2F};
  return context;
}

VisualizationSpec Spec() {
  VisualizationSpec spec;
  spec.network = "demo";
  spec.layer = "conv1";
  spec.units = {0, 1, 2};
  spec.objective.terms = {{ChannelTerm{"conv1"}, 1}};
  spec.method = FourierMethod{.decay_power = 1};
  spec.height = spec.width = 128;
  spec.steps = 512;
  return spec;
}

using Change = std::function<void(VisualizationContext&, VisualizationSpec&)>;

// Makes `change` with the spec's method replaced by M.
template <typename M>
Change With(std::function<void(M&)> change) {
  return [change](VisualizationContext&, VisualizationSpec& spec) {
    M method;
    change(method);
    spec.method = method;
  };
}

Change WithTransforms(std::vector<Transform> transforms) {
  return With<FourierMethod>([transforms](FourierMethod& m) { m.transforms = transforms; });
}

Change WithTerm(ObjectiveTerm term) {
  return [term](VisualizationContext&, VisualizationSpec& spec) {
    spec.objective.terms = {{term, 1}};
  };
}

// Every field that decides a result, each changed alone.
std::vector<Change> AllChanges() {
  std::vector<Change> changes = {
      [](auto& context, auto&) { context.model_digest = "other"; },
      [](auto& context, auto&) { context.start_digest = "start"; },
      [](auto& context, auto&) { context.magnitude_digest = "start"; },
      [](auto& context, auto&) { context.quality_digest = "start"; },
      [](auto& context, auto&) { context.method_version = 2; },
      [](auto& context, auto&) { context.preprocessing.channels = 1; },
      [](auto& context, auto&) { context.preprocessing.value_range = 255; },
      [](auto& context, auto&) { context.preprocessing.mean[1] = 0; },
      [](auto& context, auto&) { context.preprocessing.mean.pop_back(); },
      [](auto& context, auto&) { context.preprocessing.std[2] = 1; },
      [](auto& context, auto&) { context.preprocessing.bgr = true; },
      [](auto&, auto& spec) { spec.layer = "conv2"; },
      [](auto&, auto& spec) { spec.height = 64; },
      [](auto&, auto& spec) { spec.width = 64; },
      [](auto&, auto& spec) { spec.steps = 513; },
      [](auto&, auto& spec) { spec.seed = 1; },
      [](auto&, auto& spec) { spec.numerics = Numerics::kExact; },
      [](auto&, auto& spec) { spec.numerics = Numerics::kBFloat16; },
      [](auto&, auto& spec) { spec.numerics = Numerics::kFloat16; },
      [](auto&, auto& spec) { spec.numerics = Numerics::kTf32; },
      [](auto&, auto& spec) { spec.objective.terms[0].weight = -1; },
      [](auto&, auto& spec) {
        spec.objective.terms.push_back({ChannelTerm{"conv1", 1}, 1});
      },
      [](auto&, auto& spec) { spec.objective.group.images = 4; },
      [](auto&, auto& spec) { spec.objective.group.diversity = 1; },
      [](auto&, auto& spec) { spec.objective.group.alignment = 1; },
      [](auto&, auto& spec) { spec.objective.group.interpolate_to = 0; },
      WithTerm(ChannelTerm{"conv2"}),
      WithTerm(ChannelTerm{"conv1", 0}),
      WithTerm(ChannelTerm{"conv1", 1}),
      WithTerm(NeuronTerm{"conv1"}),
      WithTerm(NeuronTerm{"conv1", 1}),
      WithTerm(NeuronTerm{"conv1", std::nullopt, 1}),
      WithTerm(NeuronTerm{"conv1", std::nullopt, std::nullopt, 1}),
      WithTerm(LayerTerm{"conv1"}),
      WithTerm(LayerTerm{"conv2"}),
      WithTerm(DirectionTerm{"conv1", {}}),
      WithTerm(DirectionTerm{"conv1", {1}}),
      WithTerm(DirectionTerm{"conv1", {1, 0}}),
      WithTerm(DirectionTerm{"conv1", {0, 1}}),
      WithTerm(DirectionTerm{"conv1", {1}, 2}),
      With<RobustMethod>([](auto&) {}),
      With<RobustMethod>([](auto& m) { m.step_length = 1; }),
      With<RobustMethod>([](auto& m) { m.distribution_pull = 1; }),
      With<RobustMethod>([](auto& m) { m.max_scale = 1; }),
      With<RobustMethod>([](auto& m) { m.max_degrees = 1; }),
      With<RobustMethod>([](auto& m) { m.blur_sigma = 1; }),
      With<RobustMethod>([](auto& m) { m.max_roll = 1; }),
      With<RobustMethod>([](auto& m) { m.plain_steps = 1; }),
      With<MacoMethod>([](auto&) {}),
      With<MacoMethod>([](auto& m) { m.learning_rate = 2; }),
      With<MacoMethod>([](auto& m) { m.crops = 1; }),
      With<MacoMethod>([](auto& m) { m.first_crop = 1; }),
      With<MacoMethod>([](auto& m) { m.last_crop = 1; }),
      With<MacoMethod>([](auto& m) { m.noise = 1; }),
      With<MacoMethod>([](auto& m) { m.magnitude_dataset = "shapes"; }),
      With<FourierMethod>([](auto& m) { m.learning_rate = 1; }),
      With<FourierMethod>([](auto& m) { m.decay_power = 2; }),
      With<FourierMethod>([](auto& m) { m.initial_deviation = 1; }),
      With<FourierMethod>([](auto& m) { m.decorrelate = false; }),
      WithTransforms({}),
      WithTransforms({PadTransform{}}),
      WithTransforms({PadTransform{1}}),
      WithTransforms({PadTransform{12, 0}}),
      WithTransforms({JitterTransform{}}),
      WithTransforms({JitterTransform{1}}),
      WithTransforms({ScaleTransform{}}),
      WithTransforms({ScaleTransform{{1, 2}}}),
      WithTransforms({ScaleTransform{{2, 1}}}),
      WithTransforms({RotateTransform{}}),
      WithTransforms({RotateTransform{{1, 2}}}),
      WithTransforms({BlurTransform{}}),
      WithTransforms({BlurTransform{1}}),
      WithTransforms({BlurTransform{1, 1}}),
      WithTransforms({PadTransform{}, JitterTransform{}}),
      WithTransforms({JitterTransform{}, PadTransform{}}),
  };
  for (const PenaltyKind kind :
       {PenaltyKind::kTotalVariation, PenaltyKind::kL1, PenaltyKind::kL2, PenaltyKind::kBlur}) {
    for (const double weight : {1.0, 2.0}) {
      changes.push_back([=](auto&, auto& spec) { spec.penalties = {{kind, weight}}; });
    }
  }
  return changes;
}

TEST_CASE("every field that decides a result changes the key, and no two in the same way",
          "[store][spec_digest]") {
  std::set<std::string> keys = {UnitKey(Context(), Spec(), 0)};
  std::set<std::string> jobs = {JobDigest(Context(), Spec())};
  size_t expected = 1;
  for (const Change& change : AllChanges()) {
    VisualizationContext context = Context();
    VisualizationSpec spec = Spec();
    change(context, spec);
    keys.insert(UnitKey(context, spec, 0));
    jobs.insert(JobDigest(context, spec));
    INFO("change " << expected);
    REQUIRE(keys.size() == ++expected);
    REQUIRE(jobs.size() == expected);
  }
}

TEST_CASE("what decides no result is not in the key", "[store][spec_digest]") {
  const std::string key = UnitKey(Context(), Spec(), 1);
  VisualizationSpec spec = Spec();
  spec.expected_digest = "model";
  CHECK(JobDigest(Context(), spec) == JobDigest(Context(), Spec()));
  spec.units = {1};
  spec.network = "renamed";
  CHECK(UnitKey(Context(), spec, 1) == key);
  spec.all_units = true;
  CHECK(UnitKey(Context(), spec, 1) == key);
  VisualizationContext context = Context();
  context.preprocessing.resize = ResizePolicy::kStretch;
  context.preprocessing.height = 100;
  CHECK(UnitKey(context, spec, 1) == key);
}

TEST_CASE("each unit has its key, each list of units its job", "[store][spec_digest]") {
  CHECK(UnitKey(Context(), Spec(), 0) != UnitKey(Context(), Spec(), 1));
  std::set<std::string> jobs = {JobDigest(Context(), Spec())};
  for (const std::vector<int>& units : std::vector<std::vector<int>>{{}, {0}, {0, 2, 1}}) {
    VisualizationSpec spec = Spec();
    spec.units = units;
    jobs.insert(JobDigest(Context(), spec));
  }
  VisualizationSpec renamed = Spec();
  renamed.network = "renamed";
  jobs.insert(JobDigest(Context(), renamed));
  CHECK(jobs.size() == 5);
}

TEST_CASE("two ways to say the same have one key", "[store][spec_digest]") {
  VisualizationSpec spec = Spec();
  const std::string key = UnitKey(Context(), spec, 0);
  spec.objective.terms.clear();
  CHECK(UnitKey(Context(), spec, 0) == key);
  spec.objective.terms = {{ChannelTerm{}, 1}};
  CHECK(UnitKey(Context(), spec, 0) == key);
  spec.numerics = Numerics::kFast;
  CHECK(UnitKey(Context(), spec, 0) == key);
  spec.objective.group.diversity = -0.0;
  CHECK(UnitKey(Context(), spec, 0) == key);
}

TEST_CASE("keys stay what they are from one build to the next", "[store][spec_digest]") {
  CHECK(UnitKey(Context(), Spec(), 0) ==
        "c49bb7ccb4730f1916ff5a4e0d3ef0db166953f3b4324d6ff870fab4a0b20ebd");
}

}  // namespace
}  // namespace deepvision
