// Specs to the wire, as echoes.
#include "server/convert/visualization_spec_convert.h"

#include <variant>

#include "server/convert/enum_convert.h"
#include "server/convert/input_convert.h"

namespace deepvision {
namespace {

uint32_t Unsigned(int value) { return static_cast<uint32_t>(value); }

struct TermWriter {
  v1::WeightedTerm& out;

  void operator()(const ChannelTerm& term) const {
    v1::ChannelTerm& channel = *out.mutable_channel();
    channel.set_layer(term.layer);
    if (term.unit) channel.set_unit(Unsigned(*term.unit));
  }
  void operator()(const NeuronTerm& term) const {
    v1::NeuronTerm& neuron = *out.mutable_neuron();
    neuron.set_layer(term.layer);
    if (term.unit) neuron.set_unit(Unsigned(*term.unit));
    if (term.x) neuron.set_x(Unsigned(*term.x));
    if (term.y) neuron.set_y(Unsigned(*term.y));
  }
  void operator()(const DirectionTerm& term) const {
    v1::DirectionTerm& direction = *out.mutable_direction();
    direction.set_layer(term.layer);
    direction.mutable_direction()->Add(term.direction.begin(), term.direction.end());
    direction.set_cosine_power(term.cosine_power);
  }
  void operator()(const LayerTerm& term) const { out.mutable_layer()->set_layer(term.layer); }
};

v1::Objective ToProto(const Objective& objective) {
  v1::Objective out;
  for (const WeightedTerm& weighted : objective.terms) {
    v1::WeightedTerm& term = *out.add_terms();
    std::visit(TermWriter{term}, weighted.term);
    term.set_weight(weighted.weight);
  }
  v1::ImageGroup& group = *out.mutable_group();
  group.set_images(Unsigned(objective.group.images));
  group.set_diversity(objective.group.diversity);
  group.set_alignment(objective.group.alignment);
  if (objective.group.interpolate_to) {
    group.set_interpolate_to(Unsigned(*objective.group.interpolate_to));
  }
  return out;
}

struct TransformWriter {
  v1::Transform& out;

  void operator()(const PadTransform& pad) const {
    out.mutable_pad()->set_pixels(Unsigned(pad.pixels));
    out.mutable_pad()->set_value(pad.value);
  }
  void operator()(const JitterTransform& jitter) const {
    out.mutable_jitter()->set_pixels(Unsigned(jitter.pixels));
  }
  void operator()(const ScaleTransform& scale) const {
    out.mutable_scale()->mutable_factors()->Add(scale.factors.begin(), scale.factors.end());
  }
  void operator()(const RotateTransform& rotate) const {
    out.mutable_rotate()->mutable_degrees()->Add(rotate.degrees.begin(), rotate.degrees.end());
  }
  void operator()(const BlurTransform& blur) const {
    out.mutable_blur()->set_strength(blur.strength);
    out.mutable_blur()->set_chance(blur.chance);
  }
};

struct MethodWriter {
  v1::VisualizationSpec& out;

  void operator()(const FourierMethod& method) const {
    v1::FourierMethod& fourier = *out.mutable_fourier();
    fourier.set_learning_rate(method.learning_rate);
    fourier.set_decay_power(method.decay_power);
    fourier.set_initial_deviation(method.initial_deviation);
    fourier.set_decorrelate(method.decorrelate);
    if (!method.transforms) return;
    fourier.mutable_transforms();
    for (const Transform& transform : *method.transforms) {
      std::visit(TransformWriter{*fourier.mutable_transforms()->add_transforms()}, transform);
    }
  }
  void operator()(const RobustMethod& method) const {
    v1::RobustMethod& robust = *out.mutable_robust();
    robust.set_step_length(method.step_length);
    robust.set_distribution_pull(method.distribution_pull);
    robust.set_max_scale(method.max_scale);
    robust.set_max_degrees(method.max_degrees);
    robust.set_blur_sigma(method.blur_sigma);
    robust.set_max_roll(Unsigned(method.max_roll));
    robust.set_plain_steps(Unsigned(method.plain_steps));
  }
  void operator()(const MacoMethod& method) const {
    v1::MacoMethod& maco = *out.mutable_maco();
    maco.set_learning_rate(method.learning_rate);
    maco.set_crops(Unsigned(method.crops));
    maco.set_first_crop(method.first_crop);
    maco.set_last_crop(method.last_crop);
    maco.set_noise(method.noise);
    maco.set_magnitude_dataset(method.magnitude_dataset);
  }
};

}  // namespace

v1::VisualizationSpec ToProto(const VisualizationSpec& spec) {
  v1::VisualizationSpec out;
  out.set_network(spec.network);
  out.set_layer(spec.layer);
  if (!spec.units.empty()) {
    out.mutable_unit_list()->mutable_units()->Add(spec.units.begin(), spec.units.end());
  } else if (spec.all_units) {
    out.set_all_units(true);
  }
  *out.mutable_objective() = ToProto(spec.objective);
  std::visit(MethodWriter{out}, spec.method);
  for (const Penalty& penalty : spec.penalties) {
    v1::Penalty& added = *out.add_penalties();
    added.set_kind(deepvision::ToProto(penalty.kind));
    added.set_weight(penalty.weight);
  }
  out.set_height(Unsigned(spec.height));
  out.set_width(Unsigned(spec.width));
  if (spec.start.index() != 0) *out.mutable_start() = deepvision::ToProto(spec.start);
  out.set_steps(Unsigned(spec.steps));
  out.set_seed(spec.seed);
  out.set_numerics(deepvision::ToProto(spec.numerics));
  out.set_quality_dataset(spec.quality_dataset);
  return out;
}

}  // namespace deepvision
