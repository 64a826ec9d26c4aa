#include "core/activation/statistics.h"

#include <algorithm>
#include <cmath>

#include "core/activation/float_kernels.h"

namespace deepvision {
namespace {

// A value near the mean of the finite values, so that squares of differences
// stay small: the mean of the first ones.
float ShiftFor(const float* values, size_t count) {
  const FiniteSums first = SumFinite(values, std::min<size_t>(count, 64), 0.0f);
  return first.count == 0 ? 0.0f : static_cast<float>(first.sum / static_cast<double>(first.count));
}

}  // namespace

ChannelStatistics StatisticsOf(const float* values, size_t count) {
  FiniteRange range;
  ScanRange(values, count, range);
  if (range.IsEmpty()) return {};
  const float shift = ShiftFor(values, count);
  const FiniteSums sums = SumFinite(values, count, shift);
  const double finite = static_cast<double>(sums.count);
  const double offset = sums.sum / finite;
  const double variance = std::max(0.0, sums.sum_of_squares / finite - offset * offset);
  ChannelStatistics statistics;
  statistics.minimum = range.minimum;
  statistics.maximum = range.maximum;
  statistics.mean = static_cast<float>(shift + offset);
  statistics.standard_deviation = static_cast<float>(std::sqrt(variance));
  statistics.positive_fraction =
      static_cast<float>(static_cast<double>(sums.positive_count) / finite);
  return statistics;
}

}  // namespace deepvision
