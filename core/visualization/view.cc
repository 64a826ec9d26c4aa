#include "core/visualization/view.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

namespace deepvision {
namespace {

constexpr int kLucidScales = 11;   // 0.90, 0.92 … 1.10
constexpr int kLucidDegrees = 21;  // -10 … 10
constexpr int kLucidMoreZeros = 5;
constexpr double kLucidSide = 128;

// First `step`, then `view`.
View After(const View& view, const View& step) {
  View both = view;
  both.xx = view.xx * step.xx + view.xy * step.yx;
  both.xy = view.xx * step.xy + view.xy * step.yy;
  both.x0 = view.xx * step.x0 + view.xy * step.y0 + view.x0;
  both.yx = view.yx * step.xx + view.yy * step.yx;
  both.yy = view.yx * step.xy + view.yy * step.yy;
  both.y0 = view.yx * step.x0 + view.yy * step.y0 + view.y0;
  return both;
}

View Scaled(double x, double y) { return {.xx = x, .yy = y}; }

// Walks through the transforms as they are applied.
class Composer {
 public:
  Composer(const PlaneSize& image, UnitRandom& random) : size_(image), random_(random) {}

  void operator()(const PadTransform& pad) {
    size_.height += 2 * int64_t{pad.pixels};
    size_.width += 2 * int64_t{pad.pixels};
    view_.border = pad.pixels + (view_.outside ? view_.border : 0);
    view_.outside = pad.value;
  }

  void operator()(const JitterTransform& jitter) {
    size_.height -= jitter.pixels;
    size_.width -= jitter.pixels;
    const double y = random_.Below(jitter.pixels + 1) - jitter.pixels / 2.0;
    const double x = random_.Below(jitter.pixels + 1) - jitter.pixels / 2.0;
    view_ = After(view_, {.x0 = x, .y0 = y});
  }

  void operator()(const ScaleTransform& scale) {
    const double factor = scale.factors.empty()
                              ? 1 + (random_.Below(kLucidScales) - kLucidScales / 2) / 50.0
                              : scale.factors[static_cast<size_t>(
                                    random_.Below(static_cast<int>(scale.factors.size())))];
    view_ = After(view_, Scaled(1 / factor, 1 / factor));
  }

  void operator()(const RotateTransform& rotate) {
    const double angle = Degrees(rotate) * std::numbers::pi / 180;
    const double cos = std::cos(angle);
    const double sin = std::sin(angle);
    view_ = After(view_, {.xx = cos, .xy = -sin, .yx = sin, .yy = cos});
  }

  void operator()(const BlurTransform& blur) {
    if (random_.Uniform() < blur.chance) view_.blur = blur.strength;
  }

  View Onto(const PlaneSize& input) const {
    return After(view_,
                 Scaled(static_cast<double>(size_.width) / static_cast<double>(input.width),
                        static_cast<double>(size_.height) / static_cast<double>(input.height)));
  }

 private:
  double Degrees(const RotateTransform& rotate) {
    if (!rotate.degrees.empty()) {
      return rotate
          .degrees[static_cast<size_t>(random_.Below(static_cast<int>(rotate.degrees.size())))];
    }
    const int drawn = random_.Below(kLucidDegrees + kLucidMoreZeros);
    return drawn < kLucidDegrees ? drawn - kLucidDegrees / 2 : 0;
  }

  PlaneSize size_;
  UnitRandom& random_;
  View view_;
};

// Checks one transform after the other; keeps the size that is left.
class Checker {
 public:
  explicit Checker(const PlaneSize& image) : left_(std::min(image.height, image.width)) {}

  std::string operator()(const PadTransform& pad) {
    if (pad.pixels < 0 || pad.pixels > kMost) return absl::StrCat("pad takes 0 to ", kMost);
    if (!(pad.value >= 0 && pad.value <= 1)) return "the pad's value is a colour from 0 to 1";
    if (outside_ >= 0 && outside_ != pad.value) return "all pads must have the same value";
    outside_ = pad.value;
    left_ += 2 * int64_t{pad.pixels};
    return "";
  }
  std::string operator()(const JitterTransform& jitter) {
    left_ -= jitter.pixels;
    if (jitter.pixels < 0) return "jitter takes 0 pixels or more";
    return left_ >= 1 ? "" : "jitter leaves nothing of the image; use less, or pad before it";
  }
  std::string operator()(const ScaleTransform& scale) const {
    const bool good = std::all_of(scale.factors.begin(), scale.factors.end(),
                                  [](double factor) { return factor >= 0.01 && factor <= 100; });
    return good ? "" : "scale factors are 0.01 to 100";
  }
  std::string operator()(const RotateTransform& rotate) const {
    const bool good = std::all_of(rotate.degrees.begin(), rotate.degrees.end(),
                                  [](double degrees) { return std::abs(degrees) <= 360; });
    return good ? "" : "angles are -360 to 360 degrees";
  }

  std::string operator()(const BlurTransform& blur) {
    const auto is_share = [](double value) { return value >= 0 && value <= 1; };
    if (std::exchange(blurs_, true)) return "an image is blurred once; give one blur";
    if (!is_share(blur.strength)) return "a blur's strength is 0 to 1";
    return is_share(blur.chance) ? "" : "a blur's chance is 0 to 1";
  }

 private:
  static constexpr int kMost = 1024;
  int64_t left_;
  double outside_ = -1;  // none yet
  bool blurs_ = false;
};

int InProportion(int pixels, const PlaneSize& image) {
  const double side = static_cast<double>(std::min(image.height, image.width));
  return static_cast<int>(std::lround(pixels * std::min(1.0, side / kLucidSide)));
}

}  // namespace

absl::Status CheckTransforms(const std::vector<Transform>& transforms, const PlaneSize& image,
                             const std::string& field) {
  Checker checker(image);
  for (size_t i = 0; i < transforms.size(); ++i) {
    const std::string wrong = std::visit(checker, transforms[i]);
    if (!wrong.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(field, "[", i, "]: ", wrong));
    }
  }
  return absl::OkStatus();
}

View DrawView(const std::vector<Transform>& transforms, const PlaneSize& image,
              const PlaneSize& input, UnitRandom& random) {
  Composer composer(image, random);
  for (const Transform& transform : transforms) std::visit(composer, transform);
  return composer.Onto(input);
}

View WholeView(const PlaneSize& image, const PlaneSize& input) {
  return Scaled(static_cast<double>(image.width) / static_cast<double>(input.width),
                static_cast<double>(image.height) / static_cast<double>(input.height));
}

View DrawCrop(double side, const PlaneSize& image, const PlaneSize& input, UnitRandom& random) {
  View view;
  view.x0 = random.Normal() * 0.15 * static_cast<double>(image.width);
  view.y0 = random.Normal() * 0.15 * static_cast<double>(image.height);
  const double drawn = std::clamp(side + 0.05 * random.Normal(), 0.05, 1.0);
  const View whole = WholeView(image, input);
  return After(view, Scaled(drawn * whole.xx, drawn * whole.yy));
}

std::vector<Transform> DefaultTransforms(const PlaneSize& image) {
  return {PadTransform{InProportion(12, image), 0.5},
          JitterTransform{InProportion(8, image)},
          ScaleTransform{},
          RotateTransform{},
          JitterTransform{InProportion(4, image)},
          BlurTransform{}};
}

}  // namespace deepvision
