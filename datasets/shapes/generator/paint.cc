#include "datasets/shapes/generator/paint.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace deepvision::shapes {
namespace {

Color RandomColor(Random& random) {
  Color color;
  for (double& value : color) value = random.Between(0.05, 0.95);
  return color;
}

double Difference(const Color& a, const Color& b) {
  return std::sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                   (a[2] - b[2]) * (a[2] - b[2]));
}

Figure FaintTexture(Random& random) {
  const double period = random.Between(5, 14);
  switch (random.Below(3)) {
    case 0:
      return VerticalStripes(period, 0.5);
    case 1:
      return Checkerboard(period);
    default:
      return Dots(period, 0.3 * period, random.Chance(0.5));
  }
}

}  // namespace

Color Mix(const Color& a, const Color& b, double t) {
  return {a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t};
}

ColorPair ContrastingColors(Random& random) {
  ColorPair pair{RandomColor(random), RandomColor(random)};
  while (Difference(pair.ground, pair.figure) < 0.42) pair.figure = RandomColor(random);
  return pair;
}

Paint Shaded(const Color& color, Random& random) {
  const double strength = random.Chance(0.3) ? 0 : random.Between(0.05, 0.3);
  const double angle = random.Between(0, 2 * std::numbers::pi);
  const Color end = random.Chance(0.5) ? Color{1, 1, 1} : Color{0, 0, 0};
  const Point along{std::cos(angle) / 96, std::sin(angle) / 96};
  return [=](Point p) {
    const double t = 0.5 + (p.x - 48) * along.x + (p.y - 48) * along.y;
    return Mix(color, end, strength * std::clamp(t, 0.0, 1.0));
  };
}

Paint Textured(const Color& color, Random& random) {
  Paint plain = Shaded(color, random);
  if (random.Chance(0.5)) return plain;
  const double angle = random.Between(0, std::numbers::pi);
  const double strength = random.Between(0.04, 0.14);
  Figure texture = Place(FaintTexture(random), {random.Between(0, 20), 0}, angle);
  const Color ink = random.Chance(0.5) ? Color{1, 1, 1} : Color{0, 0, 0};
  return [=, plain = std::move(plain), texture = std::move(texture)](Point p) {
    return Mix(plain(p), ink, strength * std::clamp(0.5 - texture(p), 0.0, 1.0));
  };
}

}  // namespace deepvision::shapes
