#include "datasets/shapes/generator/shapes.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "datasets/shapes/generator/figure.h"
#include "datasets/shapes/generator/paint.h"
#include "datasets/shapes/generator/random.h"

namespace deepvision::shapes {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr int kShapes = 8;  // labels below are shapes, the others textures

struct Speck {
  Figure figure;
  Color color;
};

// What a picture is painted of, from back to front.
struct Scene {
  Paint ground;
  Figure figure;
  Paint fill;
  std::vector<Speck> specks;
  double noise = 0;  // standard deviation, 0..1 colours
};

Figure UnplacedShape(int label, double radius, Random& random) {
  switch (label) {
    case 0:
      return Circle(0.9 * radius);
    case 1:
      return Ring(radius, radius * random.Between(0.22, 0.45));
    case 2:
      return Crescent(radius);
    case 3:
      return RegularPolygon(3, 1.1 * radius);
    case 4:
      return RegularPolygon(4, 1.1 * radius);
    case 5:
      return RegularPolygon(6, radius);
    case 6:
      return Star(5 + random.Below(2), 1.1 * radius, radius * random.Between(0.38, 0.5));
    default:
      return Cross(radius, radius * random.Between(0.45, 0.7));
  }
}

Figure Shape(int label, Random& random) {
  const double radius = random.Between(17, 38);
  const double reach = 44 - radius;
  const Point centre{48 + random.Between(-reach, reach), 48 + random.Between(-reach, reach)};
  const double angle = random.Between(0, 2 * kPi);
  return Place(UnplacedShape(label, radius, random), centre, angle);
}

// Stripes of one direction, bent off it by at most 0.16 (9 degrees).
Figure Stripes(int label, double period, Random& random) {
  const double tilt = random.Between(-0.16, 0.16);
  const double diagonal = random.Chance(0.5) ? kPi / 4 : -kPi / 4;
  const double angle = label == 8 ? kPi / 2 : label == 9 ? 0 : diagonal;
  const Point start{random.Between(0, 96), random.Between(0, 96)};
  return Place(VerticalStripes(period, random.Between(0.3, 0.7)), start, angle + tilt);
}

Figure UnplacedTexture(int label, double period, Random& random) {
  switch (label) {
    case 11:
      return Checkerboard(1.4 * period);
    case 12:
      return Dots(period, period * random.Between(0.22, 0.38), random.Chance(0.5));
    case 13:
      return Waves(period, random.Between(0.35, 0.65), period * random.Between(0.35, 0.7),
                   random.Between(18, 40));
    case 14:
      return Cells(1.5 * period, random.Between(1.6, 3.2), random.Next());
    default:
      return Spiral(period, random.Between(0.35, 0.65));
  }
}

Figure Texture(int label, Random& random) {
  const double period = random.Between(7, 20);
  if (label <= 10) return Stripes(label, period, random);
  const double reach = label == 15 ? 16 : 48;  // a spiral's centre stays in the picture
  const Point centre{48 + random.Between(-reach, reach), 48 + random.Between(-reach, reach)};
  const double angle = random.Between(0, 2 * kPi);
  return Place(UnplacedTexture(label, period, random), centre, angle);
}

Speck RandomSpeck(Random& random) {
  const Point centre{random.Between(0, 96), random.Between(0, 96)};
  Figure figure = Place(Circle(random.Between(1.5, 4)), centre, 0);
  const Color color{random.Unit(), random.Unit(), random.Unit()};
  return {std::move(figure), color};
}

Scene RandomScene(int label, Random& random) {
  const ColorPair colors = ContrastingColors(random);
  Scene scene;
  const bool shape = label < kShapes;
  scene.figure = shape ? Shape(label, random) : Texture(label, random);
  scene.ground = shape ? Textured(colors.ground, random) : Shaded(colors.ground, random);
  scene.fill = shape ? Textured(colors.figure, random) : Shaded(colors.figure, random);
  const int specks = random.Chance(0.5) ? 0 : 1 + random.Below(4);
  for (int i = 0; i < specks; ++i) scene.specks.push_back(RandomSpeck(random));
  scene.noise = random.Chance(0.4) ? 0 : random.Between(0.004, 0.03);
  return scene;
}

// How much of the pixel around `p` the figure covers, 0..1.
double Coverage(const Figure& figure, Point p) { return std::clamp(0.5 - figure(p), 0.0, 1.0); }

Color ColorAt(const Scene& scene, Point p) {
  const double coverage = Coverage(scene.figure, p);
  Color color{};
  if (coverage < 1) color = scene.ground(p);
  if (coverage > 0) color = Mix(color, scene.fill(p), coverage);
  for (const Speck& speck : scene.specks)
    color = Mix(color, speck.color, Coverage(speck.figure, p));
  return color;
}

// Mean 0, standard deviation 1: the sum of three uniform numbers.
double Noise(Random& random) { return 2 * (random.Unit() + random.Unit() + random.Unit()) - 3; }

uint8_t Quantise(double value) {
  return static_cast<uint8_t>(std::floor(std::clamp(value, 0.0, 1.0) * 255 + 0.5));
}

}  // namespace

Picture Draw(uint64_t seed, int label, uint64_t index) {
  Random random(seed, static_cast<uint64_t>(label), index);
  const Scene scene = RandomScene(label, random);
  Picture picture;
  uint8_t* pixel = picture.data();
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const Color color = ColorAt(scene, {x + 0.5, y + 0.5});
      for (const double value : color) {
        *pixel++ = Quantise(scene.noise > 0 ? value + scene.noise * Noise(random) : value);
      }
    }
  }
  return picture;
}

}  // namespace deepvision::shapes
