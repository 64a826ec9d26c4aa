// Minimum, maximum, mean, standard deviation and share of positive values of
// each channel. NaN and infinities are left out; a channel without any finite
// value has zeros. Mean and deviation are computed in float64.
//
// Threading: pure function.
#ifndef DEEPVISION_CORE_ACTIVATION_STATISTICS_H_
#define DEEPVISION_CORE_ACTIVATION_STATISTICS_H_

#include <cstddef>

#include "core/api/activation.h"

namespace deepvision {

// Of the `count` values of one channel.
ChannelStatistics StatisticsOf(const float* values, size_t count);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ACTIVATION_STATISTICS_H_
