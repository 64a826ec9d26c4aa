// numpy.histogram's algorithm on plain arrays.
//
// The counts follow NumPy step by step: a bin is guessed by division and then
// corrected against the edges, because the division may be off by one unit in
// the last place.
//
// Threading: pure functions.
#ifndef DEEPVISION_CORE_ACTIVATION_COUNT_BINS_H_
#define DEEPVISION_CORE_ACTIVATION_COUNT_BINS_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "core/api/network.h"

namespace deepvision {

// Edges, counts and what is not finite; see core/activation/histogram.h.
// kFailedPrecondition when not even float64 tells the edges apart.
absl::StatusOr<Histogram> CountBins(const float* values, size_t count, int bins);
absl::StatusOr<Histogram> CountBins(const double* values, size_t count, int bins);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_COUNT_BINS_H_
