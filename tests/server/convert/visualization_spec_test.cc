#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include "absl/strings/match.h"
#include "core/api/error.h"
#include "server/convert/visualization_spec_convert.h"
#include "tests/support/catch.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

v1::VisualizationSpec Parse(const std::string& text) {
  v1::VisualizationSpec spec;
  REQUIRE(google::protobuf::TextFormat::ParseFromString(text, &spec));
  return spec;
}

const std::string kGood = "network: 'net' layer: 'a' ";

constexpr char kFull[] = R"pb(
  network: 'net'
  layer: 'layer4.1'
  unit_list { units: [ 7, 3 ] }
  objective {
    terms {
      channel { layer: 'fc' unit: 5 }
      weight: -2
    }
    terms {
      neuron { layer: 'b' unit: 1 x: 2 y: 3 }
      weight: 1
    }
    terms {
      direction {
        layer: 'c'
        direction: [ 0.5, -1 ]
        cosine_power: 2
      }
      weight: 1
    }
    terms {
      layer { layer: 'd' }
      weight: 0.5
    }
    group { images: 4 diversity: 100 alignment: 1 interpolate_to: 9 }
  }
  fourier {
    learning_rate: 0.1
    decay_power: 1.5
    initial_deviation: 0.02
    decorrelate: false
    transforms {
      transforms { pad { pixels: 3 value: 0.25 } }
      transforms { jitter { pixels: 2 } }
      transforms { scale { factors: [ 0.9, 1.1 ] } }
      transforms { rotate { degrees: [ -5, 5 ] } }
      transforms { blur { strength: 0.25 chance: 0.125 } }
    }
  }
  penalties { kind: PENALTY_KIND_TOTAL_VARIATION weight: 0.1 }
  penalties { kind: PENALTY_KIND_BLUR weight: 0.2 }
  height: 96
  width: 128
  start { noise { generator: 'gaussian' seed: 4 } }
  steps: 300
  seed: 18446744073709551615
  numerics: NUMERICS_EXACT
  quality_dataset: 'photos'
)pb";

constexpr char kRobust[] = R"pb(
  network: 'net'
  layer: 'a'
  all_units: true
  objective { group { images: 1 } }
  robust {
    step_length: 1
    distribution_pull: 0
    max_scale: 0
    max_degrees: 0
    blur_sigma: 0
    max_roll: 0
    plain_steps: 0
  }
  start { visualization { id: 'networks/net/visualizations/DIGEST' unit: 2 image: 1 } }
)pb";

constexpr char kMaco[] = R"pb(
  network: 'net'
  layer: 'a'
  all_units: true
  objective { group { images: 1 } }
  maco {
    learning_rate: 2
    crops: 8
    first_crop: 0.4
    last_crop: 0.1
    noise: 0
    magnitude_dataset: 'photos'
  }
)pb";

TEST_CASE("a spec with everything set comes back as it was sent", "[server][convert]") {
  std::string text = GENERATE(std::string(kFull), std::string(kRobust), std::string(kMaco));
  if (const size_t at = text.find("DIGEST"); at != std::string::npos) {
    text.replace(at, 6, std::string(64, 'b'));
  }
  const v1::VisualizationSpec sent = Parse(text);
  const auto spec = FromProto(v1::VisualizationSpec(sent));
  REQUIRE_OK(spec);
  const v1::VisualizationSpec echoed = ToProto(*spec);
  INFO(echoed.DebugString());
  CHECK(google::protobuf::util::MessageDifferencer::Equals(sent, echoed));
}

TEST_CASE("what a spec leaves out has the defaults of its method", "[server][convert]") {
  const auto fourier = FromProto(Parse(kGood));
  REQUIRE_OK(fourier);
  const auto& method = std::get<FourierMethod>(fourier->method);
  CHECK(method.learning_rate == 0.05);
  CHECK(method.decorrelate);
  CHECK_FALSE(method.transforms.has_value());
  CHECK_FALSE(fourier->all_units);
  CHECK(fourier->units.empty());
  CHECK(fourier->objective.group.images == 1);
  CHECK(std::holds_alternative<std::monostate>(fourier->start));
  const auto none = FromProto(Parse(kGood + "fourier { transforms { } }"));
  REQUIRE_OK(none);
  CHECK(std::get<FourierMethod>(none->method).transforms->empty());
  const auto robust = FromProto(Parse(kGood + "robust { }"));
  REQUIRE_OK(robust);
  CHECK(std::get<RobustMethod>(robust->method).step_length == 20);
  const auto maco = FromProto(Parse(kGood + "maco { crops: 4 }"));
  REQUIRE_OK(maco);
  CHECK(std::get<MacoMethod>(maco->method).crops == 4);
  CHECK(std::get<MacoMethod>(maco->method).first_crop == 0.5);
}

struct BadSpec {
  const char* text;
  const char* field;
  const char* advice;
};

TEST_CASE("every bad field of a spec is named with what to do", "[server][convert]") {
  const auto [text, field, advice] = GENERATE(values<BadSpec>({
      {"network: ''", "spec.network", "ListNetworks"},
      {"layer: ''", "spec.layer", "StreamTopology"},
      {"all_units: false", "spec.all_units", "unit_list"},
      {"unit_list { }", "spec.unit_list.units", "all_units"},
      {"unit_list { units: [ 1, 1 ] }", "spec.unit_list.units[1]", "once"},
      {"unit_list { units: 4294967295 }", "spec.unit_list.units[0]", "0 to"},
      {"objective { terms { } }", "spec.objective.terms[0]", "channel, neuron"},
      {"objective { terms { weight: 0 layer { } } }", "spec.objective.terms[0].weight",
       "leave the term out"},
      {"objective { terms { weight: nan layer { } } }", "spec.objective.terms[0].weight", "to"},
      {"objective { terms { direction { } } }", "spec.objective.terms[0].direction.direction",
       "one weight per unit"},
      {"objective { terms { direction { direction: [ 0, 0 ] } } }",
       "spec.objective.terms[0].direction.direction", "not 0"},
      {"objective { terms { direction { direction: [ 1, inf ] } } }",
       "spec.objective.terms[0].direction.direction[1]", "finite"},
      {"objective { terms { direction { direction: 1 cosine_power: 17 } } }",
       "spec.objective.terms[0].direction.cosine_power", "0 to 16"},
      {"objective { terms { neuron { x: 4294967295 } } }", "spec.objective.terms[0].neuron.x",
       "0 to"},
      {"objective { group { images: 17 } }", "spec.objective.group.images", "1 to 16"},
      {"objective { group { diversity: 1 } }", "spec.objective.group.images", "at least 2"},
      {"objective { group { interpolate_to: 0 } }", "spec.objective.group.images", "at least 2"},
      {"penalties { weight: 1 }", "spec.penalties[0].kind", "choose one"},
      {"penalties { kind: PENALTY_KIND_L1 weight: inf }", "spec.penalties[0].weight", "to"},
      {"fourier { learning_rate: 0 }", "spec.fourier.learning_rate", "greater than 0"},
      {"fourier { decay_power: -1 }", "spec.fourier.decay_power", "0 to 4"},
      {"fourier { transforms { transforms { } } }", "spec.fourier.transforms.transforms[0]",
       "jitter"},
      {"fourier { transforms { transforms { pad { value: 2 } } } }",
       "spec.fourier.transforms.transforms[0].pad.value", "0 to 1"},
      {"fourier { transforms { transforms { scale { factors: [ 1, 0 ] } } } }",
       "spec.fourier.transforms.transforms[0].scale.factors[1]", "0.1 to 10"},
      {"fourier { transforms { transforms { rotate { degrees: 181 } } } }",
       "spec.fourier.transforms.transforms[0].rotate.degrees[0]", "-180 to 180"},
      {"fourier { transforms { transforms { jitter { pixels: 513 } } } }",
       "spec.fourier.transforms.transforms[0].jitter.pixels", "0 to 512"},
      {"fourier { transforms { transforms { blur { chance: 2 } } } }",
       "spec.fourier.transforms.transforms[0].blur.chance", "0 to 1"},
      {"robust { step_length: nan }", "spec.robust.step_length", "greater than 0"},
      {"robust { max_degrees: 200 }", "spec.robust.max_degrees", "0 to 180"},
      {"maco { crops: 0 }", "spec.maco.crops", "1 to 256"},
      {"maco { last_crop: 0 }", "spec.maco.last_crop", "0.05 to 1"},
      {"height: 4097", "spec.height", "1 to 4096"},
      {"steps: 100001", "spec.steps", "1 to 100000"},
      {"start { }", "spec.start", "not set"},
      {"start { visualization { id: 'x' } }", "spec.start.visualization.id", "StartVisualization"},
      {"numerics: 77", "spec.numerics", "this server's protos"},
  }));
  v1::VisualizationSpec sent = Parse(kGood);
  REQUIRE(google::protobuf::TextFormat::MergeFromString(text, &sent));
  const auto spec = FromProto(std::move(sent));
  REQUIRE_FALSE(spec.ok());
  INFO(spec.status().message());
  CHECK(absl::IsInvalidArgument(spec.status()));
  CHECK(GetErrorDetails(spec.status()).metadata["field"] == field);
  CHECK(absl::StrContains(spec.status().message(), advice));
}

TEST_CASE("long lists in a spec are refused", "[server][convert]") {
  v1::VisualizationSpec units = Parse(kGood);
  for (uint32_t i = 0; i <= 65536; ++i) units.mutable_unit_list()->add_units(i);
  CHECK_STATUS(FromProto(std::move(units)), absl::StatusCode::kInvalidArgument,
               "spec.unit_list.units: has 65537");
  v1::VisualizationSpec directions = Parse(kGood);
  for (int term = 0; term < 3; ++term) {
    v1::DirectionTerm* direction = directions.mutable_objective()->add_terms()->mutable_direction();
    for (int i = 0; i < 65536; ++i) direction->add_direction(1);
  }
  CHECK_STATUS(FromProto(std::move(directions)), absl::StatusCode::kInvalidArgument,
               "spec.objective.terms[2].direction.direction");
}

}  // namespace
}  // namespace deepvision
