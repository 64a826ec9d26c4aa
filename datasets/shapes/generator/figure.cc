#include "datasets/shapes/generator/figure.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "datasets/shapes/generator/random.h"

namespace deepvision::shapes {
namespace {

constexpr double kPi = std::numbers::pi;

double Length(Point p) { return std::sqrt(p.x * p.x + p.y * p.y); }

// Distance to stripes that repeat every `period` along `x`.
double Stripe(double x, double period, double duty) {
  const double phase = x / period - std::floor(x / period);
  return (std::abs(phase - 0.5) - duty / 2) * period;
}

double DistanceToEdge(Point p, Point a, Point b) {
  const Point edge{b.x - a.x, b.y - a.y};
  const Point to{p.x - a.x, p.y - a.y};
  const double along = (to.x * edge.x + to.y * edge.y) / (edge.x * edge.x + edge.y * edge.y);
  const double t = std::clamp(along, 0.0, 1.0);
  return Length({to.x - t * edge.x, to.y - t * edge.y});
}

// Whether a ray from `p` to the right crosses the edge from `a` to `b`.
bool Crosses(Point p, Point a, Point b) {
  if ((a.y > p.y) == (b.y > p.y)) return false;
  return p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x);
}

Point OnCircle(double turn, double radius) {
  return {radius * std::sin(2 * kPi * turn), -radius * std::cos(2 * kPi * turn)};
}

// The random centre of cell (column, row), in cells.
Point CellCentre(double column, double row, uint64_t salt) {
  Random random(salt, static_cast<uint64_t>(static_cast<int64_t>(column)),
                static_cast<uint64_t>(static_cast<int64_t>(row)));
  const double x = random.Between(0.1, 0.9);
  return {column + x, row + random.Between(0.1, 0.9)};
}

}  // namespace

Figure Place(Figure figure, Point centre, double angle) {
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  return [=, figure = std::move(figure)](Point p) {
    const double x = p.x - centre.x;
    const double y = p.y - centre.y;
    return figure({c * x + s * y, c * y - s * x});
  };
}

Figure Circle(double radius) {
  return [=](Point p) { return Length(p) - radius; };
}

Figure Ring(double radius, double width) {
  return [=](Point p) { return std::abs(Length(p) - (radius - width / 2)) - width / 2; };
}

Figure Crescent(double radius) {
  return [=](Point p) {
    const double bite = Length({p.x - 0.45 * radius, p.y}) - 0.8 * radius;
    return std::max(Length(p) - radius, -bite);
  };
}

Figure Polygon(std::vector<Point> corners) {
  return [corners = std::move(corners)](Point p) {
    double distance = std::numeric_limits<double>::infinity();
    bool inside = false;
    for (size_t i = 0; i < corners.size(); ++i) {
      const Point& a = corners[i];
      const Point& b = corners[(i + 1) % corners.size()];
      distance = std::min(distance, DistanceToEdge(p, a, b));
      inside ^= Crosses(p, a, b);
    }
    return inside ? -distance : distance;
  };
}

Figure RegularPolygon(int corners, double radius) {
  std::vector<Point> points;
  for (int i = 0; i < corners; ++i) points.push_back(OnCircle(double(i) / corners, radius));
  return Polygon(std::move(points));
}

Figure Star(int tips, double radius, double inner_radius) {
  std::vector<Point> points;
  for (int i = 0; i < 2 * tips; ++i) {
    points.push_back(OnCircle(i / (2.0 * tips), i % 2 == 0 ? radius : inner_radius));
  }
  return Polygon(std::move(points));
}

Figure Cross(double radius, double arm_width) {
  const double a = arm_width / 2;
  const double r = radius;
  return Polygon({{-a, -r},
                  {a, -r},
                  {a, -a},
                  {r, -a},
                  {r, a},
                  {a, a},
                  {a, r},
                  {-a, r},
                  {-a, a},
                  {-r, a},
                  {-r, -a},
                  {-a, -a}});
}

Figure VerticalStripes(double period, double duty) {
  return [=](Point p) { return Stripe(p.x, period, duty); };
}

Figure Checkerboard(double period) {
  return [=](Point p) {
    const double x = Stripe(p.x, period, 0.5);
    const double y = Stripe(p.y, period, 0.5);
    const double distance = std::min(std::abs(x), std::abs(y));
    return (x < 0) == (y < 0) ? -distance : distance;
  };
}

Figure Dots(double period, double radius, bool staggered) {
  return [=](Point p) {
    const double row = std::floor(p.y / period);
    const bool odd = staggered && row != 2 * std::floor(row / 2);
    const double x = p.x / period + (odd ? 0.5 : 0.0);
    return Length({(x - std::floor(x) - 0.5) * period, p.y - (row + 0.5) * period}) - radius;
  };
}

Figure Waves(double period, double duty, double amplitude, double wavelength) {
  return [=](Point p) {
    return Stripe(p.y + amplitude * std::sin(2 * kPi * p.x / wavelength), period, duty);
  };
}

Figure Cells(double period, double wall, uint64_t salt) {
  return [=](Point p) {
    const Point cell{p.x / period, p.y / period};
    double nearest = std::numeric_limits<double>::infinity();
    double second = nearest;
    for (int i = 0; i < 25; ++i) {
      const Point centre =
          CellCentre(std::floor(cell.x) + i % 5 - 2, std::floor(cell.y) + i / 5 - 2, salt);
      const double distance = Length({cell.x - centre.x, cell.y - centre.y});
      second = std::min(second, std::max(distance, nearest));
      nearest = std::min(nearest, distance);
    }
    return (second - nearest) / 2 * period - wall / 2;
  };
}

Figure Spiral(double period, double duty) {
  return [=](Point p) {
    const double turn = std::atan2(p.y, p.x) / (2 * kPi);
    return Stripe(Length(p) + turn * period, period, duty);
  };
}

}  // namespace deepvision::shapes
