// Paints: what colour a figure or a background has at a point.
#ifndef DEEPVISION_DATASETS_SHAPES_GENERATOR_PAINT_H_
#define DEEPVISION_DATASETS_SHAPES_GENERATOR_PAINT_H_

#include <array>
#include <functional>

#include "datasets/shapes/generator/figure.h"
#include "datasets/shapes/generator/random.h"

namespace deepvision::shapes {

// Red, green, blue; 0..1 in a picture, any value on the way.
using Color = std::array<double, 3>;

using Paint = std::function<Color(Point)>;

// (1-t)·a + t·b.
Color Mix(const Color& a, const Color& b, double t);

// Two random colours that differ clearly in brightness or in hue.
struct ColorPair {
  Color ground;
  Color figure;
};
ColorPair ContrastingColors(Random& random);

// `color` everywhere, or with a random gradient.
Paint Shaded(const Color& color, Random& random);

// The same, half of the time with a faint texture: a distraction that must not
// be taken for the subject.
Paint Textured(const Color& color, Random& random);

}  // namespace deepvision::shapes

#endif  // DEEPVISION_DATASETS_SHAPES_GENERATOR_PAINT_H_
