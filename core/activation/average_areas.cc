#include "core/activation/average_areas.h"

#include <algorithm>
#include <vector>

#include "core/activation/float_kernels.h"

namespace deepvision {
namespace {

// The input pixels that make one output pixel along one side.
struct Area {
  int64_t first = 0;
  std::vector<float> weights;  // of first, first + 1, ...; their sum is 1
};

// In units of 1/to of an input pixel all borders are integers, so the shares are
// exact: output pixel i covers [i * from, (i + 1) * from), input pixel k covers
// [k * to, (k + 1) * to).
std::vector<Area> AreasAlong(int64_t from, int64_t to) {
  std::vector<Area> areas(static_cast<size_t>(to));
  for (int64_t i = 0; i < to; ++i) {
    const int64_t begin = i * from, end = (i + 1) * from;
    areas[i].first = begin / to;
    for (int64_t k = begin / to; k * to < end; ++k) {
      const int64_t share = std::min(end, (k + 1) * to) - std::max(begin, k * to);
      areas[i].weights.push_back(
          static_cast<float>(static_cast<double>(share) / static_cast<double>(from)));
    }
  }
  return areas;
}

float WeightedSum(const float* row, const Area& area) {
  double sum = 0;
  const float* const values = row + area.first;
  for (size_t k = 0; k < area.weights.size(); ++k) sum += double{values[k]} * area.weights[k];
  return static_cast<float>(sum);
}

// Rows first: `sums` is one row of the input's width.
void ReduceMap(const float* map, int64_t width, const std::vector<Area>& rows,
               const std::vector<Area>& columns, std::vector<float>& sums, float* reduced) {
  for (const Area& row : rows) {
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (size_t k = 0; k < row.weights.size(); ++k) {
      AddScaled(map + (row.first + static_cast<int64_t>(k)) * width, sums.size(), row.weights[k],
                sums.data());
    }
    for (const Area& column : columns) *reduced++ = WeightedSum(sums.data(), column);
  }
}

}  // namespace

void AverageAreas(const float* maps, int64_t count, MapSize from, MapSize to, float* reduced) {
  const std::vector<Area> rows = AreasAlong(from.height, to.height);
  const std::vector<Area> columns = AreasAlong(from.width, to.width);
  std::vector<float> sums(static_cast<size_t>(from.width));
  for (int64_t i = 0; i < count; ++i) {
    ReduceMap(maps + i * from.height * from.width, from.width, rows, columns, sums,
              reduced + i * to.height * to.width);
  }
}

}  // namespace deepvision
