#include "core/visualization/resolve_spec.h"

#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

VisualizationSpec Spec(const VisualizationMethod& method) {
  VisualizationSpec spec;
  spec.units = {3};
  spec.method = method;
  return spec;
}

TEST_CASE("every default of a spec is filled in", "[visualization][spec]") {
  const auto fourier = ResolveSpec(Spec(FourierMethod{}), {224, 96, 10});
  REQUIRE_OK(fourier);
  CHECK(fourier->height == 128);
  CHECK(fourier->width == 96);
  CHECK(fourier->steps == 512);
  CHECK(fourier->numerics == Numerics::kFast);
  CHECK(fourier->objective.terms.size() == 1);
  CHECK(std::get<FourierMethod>(fourier->method).transforms->size() == 6);
  const auto robust = ResolveSpec(Spec(RobustMethod{}), {224, 96, 10});
  REQUIRE_OK(robust);
  CHECK((robust->height == 224 && robust->width == 96 && robust->steps == 200));
  const auto maco = ResolveSpec(Spec(MacoMethod{}), {224, 224, 10});
  REQUIRE_OK(maco);
  CHECK(maco->steps == 256);
}

TEST_CASE("all units are written out, and a unit that comes twice is one",
          "[visualization][spec]") {
  VisualizationSpec all = Spec(FourierMethod{});
  all.all_units = true;
  CHECK(ResolveSpec(all, {32, 32, 3})->units == std::vector<int>{0, 1, 2});
  VisualizationSpec twice = Spec(FourierMethod{});
  twice.units = {2, 0, 2};
  CHECK(ResolveSpec(twice, {32, 32, 3})->units == std::vector<int>{2, 0});
}

TEST_CASE("a spec out of its limits is refused by field", "[visualization][spec]") {
  const auto refused = [](const VisualizationSpec& spec, absl::StatusCode code,
                          const std::string& text) {
    CHECK_STATUS(ResolveSpec(spec, {224, 224, 10}), code, text);
  };
  VisualizationSpec spec = Spec(FourierMethod{});
  spec.units = {};
  refused(spec, absl::StatusCode::kInvalidArgument, "units: name units, or set all_units");
  spec.units = {10};
  refused(spec, absl::StatusCode::kOutOfRange, "units: the layer has the units 0..9, not 10");
  spec = Spec(FourierMethod{});
  spec.steps = -1;
  refused(spec, absl::StatusCode::kInvalidArgument, "steps: 1 to 100000, not -1");
  spec = Spec(FourierMethod{});
  spec.height = 1 << 20;
  refused(spec, absl::StatusCode::kInvalidArgument, "height");
  refused(Spec(FourierMethod{.transforms = {{JitterTransform{500}}}}),
          absl::StatusCode::kInvalidArgument, "fourier.transforms[0]");
  refused(Spec(MacoMethod{.crops = 0}), absl::StatusCode::kInvalidArgument, "maco.crops");
  refused(Spec(RobustMethod{.max_roll = -1}), absl::StatusCode::kInvalidArgument,
          "robust.max_roll");
}

}  // namespace
}  // namespace deepvision
