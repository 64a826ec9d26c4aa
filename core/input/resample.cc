// Compiled with -ffp-contract=off, so that the weights are the same everywhere.
#include "core/input/resample.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "core/input/resample_rows.h"

namespace deepvision {
namespace {

struct Filter {
  double support;  // 0 beyond
  double (*value)(double);
};

double Triangle(double x) { return x > -1 && x < 1 ? 1 - std::abs(x) : 0; }

// Keys' cubic with a = -1/2.
double Cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

Filter FilterOf(Interpolation interpolation) {
  return interpolation == Interpolation::kBicubic ? Filter{2, Cubic} : Filter{1, Triangle};
}

// The weights of inputs [first, first + count) for the output with its middle at
// `center`, with sum 2^kWeightBits up to rounding.
void StoreWeights(const Filter& filter, double center, double stretch, int first, int count,
                  int32_t* out) {
  std::vector<double> weights(static_cast<size_t>(count));
  double sum = 0;
  for (int k = 0; k < count; ++k) {
    const double weight = filter.value((k + first - center + 0.5) * (1 / stretch));
    weights[static_cast<size_t>(k)] = weight;
    sum += weight;
  }
  for (const double weight : weights) {
    const double share = sum == 0 ? weight : weight / sum;
    *out++ = static_cast<int32_t>(share * (1 << kWeightBits) + (share < 0 ? -0.5 : 0.5));
  }
}

// When a side shrinks, the filter is stretched over all inputs of an output.
Taps MakeTaps(int inputs, int outputs, const Filter& filter) {
  const double scale = static_cast<double>(inputs) / outputs;
  const double stretch = std::max(scale, 1.0);
  const double support = filter.support * stretch;
  Taps taps;
  taps.per_output = static_cast<int>(std::ceil(support)) * 2 + 1;
  taps.weights.resize(static_cast<size_t>(outputs) * static_cast<size_t>(taps.per_output));
  for (int i = 0; i < outputs; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(center - support + 0.5));
    const int end = std::min(inputs, static_cast<int>(center + support + 0.5));
    taps.first.push_back(first);
    taps.count.push_back(end - first);
    StoreWeights(
        filter, center, stretch, first, end - first,
        taps.weights.data() + static_cast<size_t>(i) * static_cast<size_t>(taps.per_output));
  }
  return taps;
}

Bitmap ResampleAcross(const Bitmap& picture, int width, const Filter& filter) {
  if (width == picture.width) return picture;
  const Taps taps = MakeTaps(picture.width, width, filter);
  Bitmap result = MakeBitmap(width, picture.height, picture.channels);
  // The loops run a little beyond the end of a row; behind the last row there is
  // nothing.
  std::vector<uint8_t> last_row(picture.View().RowBytes() + kRowPadding);
  std::vector<uint8_t> out(result.View().RowBytes() + kRowPadding);
  std::memcpy(last_row.data(), picture.View().Row(picture.height - 1), picture.View().RowBytes());
  for (int y = 0; y < picture.height; ++y) {
    const bool last = y + 1 >= picture.height;
    ResampleRow(last ? last_row.data() : picture.View().Row(y), picture.channels, taps, out.data());
    std::memcpy(result.Row(y), out.data(), result.View().RowBytes());
  }
  return result;
}

Bitmap ResampleDown(const Bitmap& picture, int height, const Filter& filter) {
  if (height == picture.height) return picture;
  const Taps taps = MakeTaps(picture.height, height, filter);
  Bitmap result = MakeBitmap(picture.width, height, picture.channels);
  for (int y = 0; y < height; ++y) {
    ResampleColumn(picture.pixels.data(), picture.View().RowBytes(), taps, static_cast<size_t>(y),
                   result.Row(y));
  }
  return result;
}

}  // namespace

Bitmap Resample(Bitmap picture, int width, int height, Interpolation interpolation) {
  if (picture.width == width && picture.height == height) return picture;
  const Filter filter = FilterOf(interpolation);
  const int64_t lost_height = int64_t{picture.height} - height;
  const int64_t lost_width = int64_t{picture.width} - width;
  if (lost_height > 0 && lost_height > 2 * lost_width) {
    return ResampleAcross(ResampleDown(picture, height, filter), width, filter);
  }
  return ResampleDown(ResampleAcross(picture, width, filter), height, filter);
}

}  // namespace deepvision
