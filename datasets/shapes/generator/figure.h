// Figures as signed distance functions: a Figure says how far a point is from
// the outline, in pixels, negative inside. Textures (stripes, dots …) are
// figures too, without end. Distances need only be right near the outline,
// where the painter blends over one pixel.
//
// Units: pixels, x to the right, y down, angles in radians.
#ifndef DEEPVISION_DATASETS_SHAPES_GENERATOR_FIGURE_H_
#define DEEPVISION_DATASETS_SHAPES_GENERATOR_FIGURE_H_

#include <cstdint>
#include <functional>
#include <vector>

namespace deepvision::shapes {

struct Point {
  double x = 0;
  double y = 0;
};

using Figure = std::function<double(Point)>;

// `figure` turned by `angle` and moved to `centre`.
Figure Place(Figure figure, Point centre, double angle);

// Shapes around the origin; `radius` is that of the circle around them.
Figure Circle(double radius);
Figure Ring(double radius, double width);
Figure Crescent(double radius);
Figure Polygon(std::vector<Point> corners);
Figure RegularPolygon(int corners, double radius);
Figure Star(int tips, double radius, double inner_radius);
Figure Cross(double radius, double arm_width);

// Textures; `duty` is the covered share of a period, 0..1.
Figure VerticalStripes(double period, double duty);
Figure Checkerboard(double period);
Figure Dots(double period, double radius, bool staggered);
Figure Waves(double period, double duty, double amplitude, double wavelength);
// The walls between random cells; equal `salt`, equal cells.
Figure Cells(double period, double wall, uint64_t salt);
Figure Spiral(double period, double duty);

}  // namespace deepvision::shapes

#endif  // DEEPVISION_DATASETS_SHAPES_GENERATOR_FIGURE_H_
