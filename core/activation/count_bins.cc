#include "core/activation/count_bins.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "absl/status/status.h"

namespace deepvision {
namespace {

template <typename Number>
struct Seen {
  Number minimum = std::numeric_limits<Number>::infinity();
  Number maximum = -std::numeric_limits<Number>::infinity();
  uint64_t nan_count = 0;
  uint64_t infinite_count = 0;
};

template <typename Number>
Seen<Number> Scan(const Number* values, size_t count) {
  Seen<Number> seen;
  for (size_t i = 0; i < count; ++i) {
    if (std::isfinite(values[i])) {
      seen.minimum = std::min(seen.minimum, values[i]);
      seen.maximum = std::max(seen.maximum, values[i]);
    } else if (std::isnan(values[i])) {
      ++seen.nan_count;
    } else {
      ++seen.infinite_count;
    }
  }
  return seen;
}

// numpy.linspace(first, last, bins + 1); nullopt when the edges do not rise.
template <typename Number>
std::optional<std::vector<Number>> Edges(Number first, Number last, int bins) {
  const Number span = last - first;
  const Number step = span / static_cast<Number>(bins);
  std::vector<Number> edges(static_cast<size_t>(bins) + 1);
  for (int i = 0; i <= bins; ++i) {
    // A step that vanishes comes of denormal numbers.
    edges[i] = step == 0 ? static_cast<Number>(i) / static_cast<Number>(bins) * span
                         : static_cast<Number>(i) * step;
    edges[i] += first;
  }
  edges.back() = last;
  if (!std::isfinite(span)) return std::nullopt;
  const auto not_rising = [](Number a, Number b) { return a >= b; };
  if (std::adjacent_find(edges.begin(), edges.end(), not_rising) != edges.end()) {
    return std::nullopt;
  }
  return edges;
}

// The bin of a finite value.
template <typename Number>
int BinOf(Number value, const Number* edges, int bins, Number span) {
  const Number guess = (value - edges[0]) / span * static_cast<Number>(bins);
  const int bin = std::min(static_cast<int>(guess), bins - 1);
  if (value < edges[bin]) [[unlikely]]
    return bin - 1;
  if (value >= edges[bin + 1] && bin != bins - 1) [[unlikely]]
    return bin + 1;
  return bin;
}

// Neighbours often fall into one bin: counted in tables of their own, they need
// not wait for each other.
constexpr size_t kTables = 4;

// Counts `values` with arithmetic in Number.
template <typename Number, typename Value>
std::optional<Histogram> CountWith(const Value* values, size_t count, Number first, Number last,
                                   int bins) {
  const std::optional<std::vector<Number>> edges = Edges(first, last, bins);
  if (!edges.has_value()) return std::nullopt;
  const size_t table = static_cast<size_t>(bins);
  std::vector<uint64_t> tables(kTables * table);
  for (size_t i = 0; i < count; ++i) {
    if (!std::isfinite(values[i])) continue;
    const int bin = BinOf<Number>(values[i], edges->data(), bins, last - first);
    ++tables[i % kTables * table + static_cast<size_t>(bin)];
  }
  Histogram histogram;
  histogram.edges.assign(edges->begin(), edges->end());
  histogram.counts.assign(table, 0);
  for (size_t i = 0; i < tables.size(); ++i) histogram.counts[i % table] += tables[i];
  return histogram;
}

// In the arithmetic of Value, as NumPy does.
template <typename Value>
std::optional<Histogram> CountAsNumPy(const Value* values, size_t count, const Seen<Value>& seen,
                                      int bins) {
  if (seen.minimum > seen.maximum) return CountWith<Value>(values, count, 0, 1, bins);
  const Value half = seen.minimum == seen.maximum ? Value(0.5) : Value(0);
  return CountWith<Value>(values, count, seen.minimum - half, seen.maximum + half, bins);
}

// Where NumPy refuses: in float64, a constant widened by what float64 can hold.
template <typename Value>
std::optional<Histogram> CountWide(const Value* values, size_t count, const Seen<Value>& seen,
                                   int bins) {
  const double first = seen.minimum, last = seen.maximum;
  const double half = first == last ? std::max(0.5, std::abs(first) * 0x1p-32) : 0;
  return CountWith<double>(values, count, first - half, last + half, bins);
}

template <typename Value>
absl::StatusOr<Histogram> Count(const Value* values, size_t count, int bins) {
  const Seen<Value> seen = Scan(values, count);
  std::optional<Histogram> histogram = CountAsNumPy(values, count, seen, bins);
  if (!histogram.has_value()) histogram = CountWide(values, count, seen, bins);
  if (!histogram.has_value()) {
    return absl::FailedPreconditionError(
        "the values lie too far apart, or too close together, for this number of bins");
  }
  histogram->nan_count = seen.nan_count;
  histogram->infinite_count = seen.infinite_count;
  return *std::move(histogram);
}

}  // namespace

absl::StatusOr<Histogram> CountBins(const float* values, size_t count, int bins) {
  return Count(values, count, bins);
}

absl::StatusOr<Histogram> CountBins(const double* values, size_t count, int bins) {
  return Count(values, count, bins);
}

}  // namespace deepvision
