// What the network is shown of an image at one step: jitter, scale, rotation and
// the resize to the network's input, or a crop, as one affine map.
//
// Lucid's transforms (lucid/optvis/transform.py) one after the other would sample
// the image three times; here they are composed and sampled once, and a blur of some
// steps stands for what the other samplings smooth. As there, what lies beyond the
// padding is black: an image that never met black corners excites its unit much less
// where there are some. One thing differs: what is seen keeps its size when it is scaled
// (Lucid's grows with it), so that scaling is not undone by the resize.
//
// Units: pixels of the image. Threading: plain functions.
#ifndef DEEPVISION_CORE_VISUALIZATION_VIEW_H_
#define DEEPVISION_CORE_VISUALIZATION_VIEW_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "core/api/visualization_spec.h"
#include "core/visualization/unit_random.h"

namespace deepvision {

// (x, y), counted from the middle of what the network sees, is the colour at
// (xx * x + xy * y + x0, yx * x + yy * y + y0) from the middle of the image.
struct View {
  double xx = 1, xy = 0, x0 = 0;
  double yx = 0, yy = 1, y0 = 0;
  std::optional<double> outside;  // the colour beyond the image; unset: its border goes on
  // Pixels around the image that have that colour; beyond them it is 0.
  double border = std::numeric_limits<double>::infinity();
  // The image is smoothed first, rows and columns by [blur / 2, 1 - blur, blur / 2].
  double blur = 0;
  bool operator==(const View&) const = default;
};

struct PlaneSize {
  int64_t height = 0;
  int64_t width = 0;
  bool operator==(const PlaneSize&) const = default;
};

// kInvalidArgument, naming `field`: negative pixels, jitter that leaves nothing of an
// image of this size, factors or angles that are no numbers, unequal outsides, a second
// blur.
absl::Status CheckTransforms(const std::vector<Transform>& transforms, const PlaneSize& image,
                             const std::string& field);

// Draws one of each transform. What padding and jitter leave of the image fills the
// network's input.
View DrawView(const std::vector<Transform>& transforms, const PlaneSize& image,
              const PlaneSize& input, UnitRandom& random);

// The whole image fills the network's input.
View WholeView(const PlaneSize& image, const PlaneSize& input);

// MACO's crop: its middle normal around the image's (deviation 0.15 of the side), its
// side normal around `side` (deviation 0.05), within 0.05..1 of the image's.
View DrawCrop(double side, const PlaneSize& image, const PlaneSize& input, UnitRandom& random);

// Lucid's pad 12, jitter 8, scale, rotate, jitter 4, and a blur; for images whose shorter
// side is less than 128 the pixels in proportion.
std::vector<Transform> DefaultTransforms(const PlaneSize& image);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_VIEW_H_
