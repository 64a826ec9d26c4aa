#include "core/store/spec_digest.h"

#include <variant>

#include "core/base/digest.h"
#include "core/store/byte_writer.h"

namespace deepvision {
namespace {

constexpr char kVersion[] = "deepvision visualization 2";

// Writes the members of the spec's variants, each after its name.
class SpecWriter {
 public:
  explicit SpecWriter(const std::string& layer) : layer_(layer) {}

  void Write(const VisualizationContext& context) {
    to_.Text(context.model_digest);
    Write(context.preprocessing);
    to_.Text(context.start_digest);
    to_.Text(context.magnitude_digest);
    to_.Text(context.quality_digest);
    to_.Integer(context.method_version);
  }

  void Write(const VisualizationSpec& spec) {
    to_.Text(spec.layer);
    Write(spec.objective);
    std::visit(*this, spec.method);
    Write(spec.penalties);
    to_.Integer(spec.height);
    to_.Integer(spec.width);
    to_.Integer(spec.steps);
    to_.Unsigned(spec.seed);
    to_.Text(Name(spec.numerics));
  }

  void operator()(const ChannelTerm& term) {
    to_.Text("channel");
    WriteLayer(term.layer);
    to_.Optional(term.unit);
  }
  void operator()(const NeuronTerm& term) {
    to_.Text("neuron");
    WriteLayer(term.layer);
    to_.Optional(term.unit);
    to_.Optional(term.x);
    to_.Optional(term.y);
  }
  void operator()(const DirectionTerm& term) {
    to_.Text("direction");
    WriteLayer(term.layer);
    to_.Reals(term.direction);
    to_.Real(term.cosine_power);
  }
  void operator()(const LayerTerm& term) {
    to_.Text("layer");
    WriteLayer(term.layer);
  }

  void operator()(const PadTransform& pad) {
    to_.Text("pad");
    to_.Integer(pad.pixels);
    to_.Real(pad.value);
  }
  void operator()(const JitterTransform& jitter) {
    to_.Text("jitter");
    to_.Integer(jitter.pixels);
  }
  void operator()(const ScaleTransform& scale) {
    to_.Text("scale");
    to_.Reals(scale.factors);
  }
  void operator()(const RotateTransform& rotate) {
    to_.Text("rotate");
    to_.Reals(rotate.degrees);
  }
  void operator()(const BlurTransform& blur) {
    to_.Text("blur");
    to_.Real(blur.strength);
    to_.Real(blur.chance);
  }

  void operator()(const RobustMethod& method) {
    to_.Text("robust");
    to_.Real(method.step_length);
    to_.Real(method.distribution_pull);
    to_.Real(method.max_scale);
    to_.Real(method.max_degrees);
    to_.Real(method.blur_sigma);
    to_.Integer(method.max_roll);
    to_.Integer(method.plain_steps);
  }
  void operator()(const FourierMethod& method) {
    to_.Text("fourier");
    to_.Real(method.learning_rate);
    to_.Real(method.decay_power);
    to_.Real(method.initial_deviation);
    to_.Flag(method.decorrelate);
    to_.Flag(method.transforms.has_value());
    if (!method.transforms.has_value()) return;
    to_.Unsigned(method.transforms->size());
    for (const Transform& transform : *method.transforms) std::visit(*this, transform);
  }
  void operator()(const MacoMethod& method) {
    to_.Text("maco");
    to_.Real(method.learning_rate);
    to_.Integer(method.crops);
    to_.Real(method.first_crop);
    to_.Real(method.last_crop);
    to_.Real(method.noise);
    to_.Text(method.magnitude_dataset);
  }

  ByteWriter& to() { return to_; }

 private:
  void WriteLayer(const std::string& layer) { to_.Text(layer.empty() ? layer_ : layer); }

  // Where the values of an image are, not how a picture gets there.
  void Write(const Preprocessing& preprocessing) {
    to_.Integer(preprocessing.channels);
    to_.Real(preprocessing.value_range);
    to_.Reals(preprocessing.mean);
    to_.Reals(preprocessing.std);
    to_.Flag(preprocessing.bgr);
  }

  // No terms mean one for the units themselves.
  void Write(const Objective& objective) {
    to_.Unsigned(objective.terms.empty() ? 1 : objective.terms.size());
    if (objective.terms.empty()) Write(WeightedTerm());
    for (const WeightedTerm& term : objective.terms) Write(term);
    to_.Integer(objective.group.images);
    to_.Real(objective.group.diversity);
    to_.Real(objective.group.alignment);
    to_.Optional(objective.group.interpolate_to);
  }

  void Write(const WeightedTerm& term) {
    std::visit(*this, term.term);
    to_.Real(term.weight);
  }

  void Write(const std::vector<Penalty>& penalties) {
    to_.Unsigned(penalties.size());
    for (const Penalty& penalty : penalties) {
      to_.Text(Name(penalty.kind));
      to_.Real(penalty.weight);
    }
  }

  // Names, because the numbers behind the enumerators may move.
  static const char* Name(PenaltyKind kind) {
    switch (kind) {
      case PenaltyKind::kTotalVariation:
        return "total_variation";
      case PenaltyKind::kL1:
        return "l1";
      case PenaltyKind::kL2:
        return "l2";
      case PenaltyKind::kBlur:
        return "blur";
    }
    return "";
  }
  static const char* Name(Numerics numerics) {
    switch (numerics) {
      case Numerics::kDefault:
      case Numerics::kFast:
        return "fast";
      case Numerics::kExact:
        return "exact";
      case Numerics::kBFloat16:
        return "bfloat16";
      case Numerics::kFloat16:
        return "float16";
      case Numerics::kTf32:
        return "tf32";
    }
    return "";
  }

  const std::string layer_;
  ByteWriter to_;
};

std::string DigestOf(const std::string& bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.Finish();
}

}  // namespace

std::string EncodeSpec(const VisualizationContext& context, const VisualizationSpec& spec) {
  SpecWriter writer(spec.layer);
  writer.to().Text(kVersion);
  writer.Write(context);
  writer.Write(spec);
  return writer.to().Take();
}

std::string UnitKey(const VisualizationContext& context, const VisualizationSpec& spec, int unit) {
  ByteWriter writer;
  writer.Text("unit");
  writer.Text(EncodeSpec(context, spec));
  writer.Integer(unit);
  return DigestOf(writer.Take());
}

std::string JobDigest(const VisualizationContext& context, const VisualizationSpec& spec) {
  ByteWriter writer;
  writer.Text("job");
  writer.Text(EncodeSpec(context, spec));
  writer.Text(spec.network);
  writer.Flag(spec.all_units);
  writer.Unsigned(spec.units.size());
  for (const int unit : spec.units) writer.Integer(unit);
  return DigestOf(writer.Take());
}

}  // namespace deepvision
