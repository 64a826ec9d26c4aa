// What a feature visualization is of: images that maximise units of a network.
// Everything here decides the result and nothing else does, so that equal specs
// (with equal model bytes) have equal images. How a job is watched is in
// core/api/visualization.h.
//
// The formulae are those of the methods' sources:
//   robust   the predecessor's visualiser: plain normalised gradient steps on
//            pixels, with random transforms baked into the image
//   fourier  Olah, Mordvintsev, Schubert, "Feature Visualization", Distill 2017,
//            and its code, Lucid
//   maco     Fel et al., "Unlocking Feature Visualization for Deeper Networks with
//            MAgnitude Constrained Optimization", NeurIPS 2023
//
// A spec as a client sends it has zeros where it wants defaults;
// core/visualization/resolve_spec.h fills them in.
#ifndef DEEPVISION_CORE_API_VISUALIZATION_SPEC_H_
#define DEEPVISION_CORE_API_VISUALIZATION_SPEC_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/api/input.h"
#include "core/api/types.h"

namespace deepvision {

// Objectives. A layer is FEATURE_MAP [C,H,W], TOKENS [T,C] or VECTOR [C]; its
// units are the C channels, features or values, its positions H x W, T or one.

// The mean over the positions of one unit; of a VECTOR that is the unit itself,
// for example the logit of a class.
struct ChannelTerm {
  std::string layer;        // empty: the spec's
  std::optional<int> unit;  // unset: the unit of each image
};

// One unit at one position; unset: the middle one, size / 2.
struct NeuronTerm {
  std::string layer;
  std::optional<int> unit;
  std::optional<int> x;  // the token, for TOKENS
  std::optional<int> y;
};

// mean over positions of (a . v) * max(0.1, cos(a, v))^cosine_power, with the
// values `a` of all units at a position and 1e-4 added to both lengths of the
// cosine.
struct DirectionTerm {
  std::string layer;
  std::vector<float> direction;  // one weight per unit
  double cosine_power = 0;
};

// mean of the squares of all values ("DeepDream").
struct LayerTerm {
  std::string layer;
};

using ObjectiveTerm = std::variant<ChannelTerm, NeuronTerm, DirectionTerm, LayerTerm>;

struct WeightedTerm {
  ObjectiveTerm term;
  double weight = 1;
};

// Several images for each unit, optimised together, that know of each other by
// the values of the spec's layer. They lie in one batch.
struct ImageGroup {
  int images = 1;  // 1..16
  // Subtracted from the objective: weight times the mean over the images of the
  // sum over the others of <G_i, G_j>, with the Gram matrices G = F F^T / |F F^T|
  // of the layer's units over positions. 0: none.
  double diversity = 0;
  // Subtracted: weight * sum over d = 1..4 of sum_i mean((a_i - a_{i+d})^2) / 2^d.
  double alignment = 0;
  // Image t of n maximises (1 - s) * unit + s * this one, s = t / (n - 1), in all
  // terms that are of the unit of each image.
  std::optional<int> interpolate_to;
};

// The weighted sum of its terms is maximised. No terms: one ChannelTerm.
struct Objective {
  std::vector<WeightedTerm> terms;
  ImageGroup group;
};

// Penalties on the image before its transforms, 0..1 (robust: the normalised image,
// with 0 for the 0.5 below); each is subtracted with its weight.
enum class PenaltyKind {
  kTotalVariation,  // mean of |x[i+1] - x[i]| along rows plus that along columns
  kL1,              // mean |x - 0.5|
  kL2,              // sqrt(1e-6 + mean of (x - 0.5)^2)
  kBlur,            // mean of (x - stopgrad(blur3(x)))^2 / 2, kernel 1 centre, .5 border
};
struct Penalty {
  PenaltyKind kind = PenaltyKind::kTotalVariation;
  double weight = 0;
};

// Transforms, drawn anew for each step and each image; applied in their order and
// fused into one bilinear sampling onto the network's input, which maps the size
// that padding and jitter leave to the network's. Sizes are pixels of the image.
struct PadTransform {
  int pixels = 12;
  double value = 0.5;  // in 0..1; equal in all of them. Beyond the padding all is black;
                       // without any the image's border goes on
};
struct JitterTransform {
  int pixels = 8;  // shifts of 0..pixels; what is seen shrinks by as much
};
struct ScaleTransform {
  std::vector<double> factors;  // one is drawn; empty: 0.90, 0.92 … 1.10
};
struct RotateTransform {
  std::vector<double> degrees;  // one is drawn; empty: -10 … 10 and five more zeros
};
// Rows and columns weighted [s / 2, 1 - s, s / 2], before the sampling. What follows
// finer detail than this is lost when an image is resized or turned: without it the
// ascent spends its strength there.
struct BlurTransform {
  double strength = 0.5;  // s, 0..1
  double chance = 0.75;   // of a step to be blurred, 0..1
};
using Transform =
    std::variant<PadTransform, JitterTransform, ScaleTransform, RotateTransform, BlurTransform>;

// Methods with their parameters; the initial values are the defaults.
struct RobustMethod {
  double step_length = 20;  // L2 norm of a step
  double distribution_pull = 0.05;
  double max_scale = 0.05;
  double max_degrees = 10;
  double blur_sigma = 0.5;
  int max_roll = 5;
  int plain_steps = 10;  // the last ones, without transforms
};

struct FourierMethod {
  double learning_rate = 0.05;
  // Of 1 / max(frequency, 1 / side). The amplitudes of photographs fall with 1.24 to 1.29;
  // Lucid's 1 begins with more detail than they have, and keeps it.
  double decay_power = 1.25;
  double initial_deviation = 0.01;
  bool decorrelate = true;  // colours; only for three channels
  // Where the transforms are not given: Lucid's pad 12, jitter 8, scale, rotate,
  // jitter 4, and a blur; the pixels in proportion for an image smaller than 128.
  std::optional<std::vector<Transform>> transforms;
};

struct MacoMethod {
  double learning_rate = 1;
  int crops = 32;
  double first_crop = 0.5;  // mean side, of the image's; linear to the last
  double last_crop = 0.05;
  double noise = 0.04;  // on each crop; deviation, of colours 0..1
  // Whose mean magnitudes to use; empty: the built-in fit to natural images.
  std::string magnitude_dataset;
};

using VisualizationMethod = std::variant<FourierMethod, RobustMethod, MacoMethod>;

struct VisualizationSpec {
  std::string network;
  std::string expected_digest;  // of the network; empty: any. Not part of the result
  std::string layer;
  bool all_units = false;
  std::vector<int> units;  // worked on in this order
  Objective objective;
  VisualizationMethod method;
  std::vector<Penalty> penalties;
  int height = 0;  // of the image; 0: the method's (fourier: 128 or the network's
  int width = 0;   // own if smaller; robust and maco: the network's own)
  Input start;     // unset: noise of the method
  int steps = 0;   // 0: the method's (robust 200, fourier 512, maco 256)
  uint64_t seed = 0;
  Numerics numerics = Numerics::kDefault;  // FAST
  std::string quality_dataset;             // that results are measured against; empty: none
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_VISUALIZATION_SPEC_H_
