// Mean magnitudes of the spectra of a data set's pictures, for MACO in place of the
// built-in fit to natural images.
//
// Of up to 64 pictures, spread evenly over the data set, resized and cut to the
// image's size: the mean of |rfft2| of their colours, decorrelated where there are
// three channels (core/visualization/color.h).
//
// Threading: blocks on the disk; computes on the calling thread.
#ifndef DEEPVISION_CORE_ENGINE_DATASET_MAGNITUDE_H_
#define DEEPVISION_CORE_ENGINE_DATASET_MAGNITUDE_H_

#include <ATen/core/Tensor.h>

#include <string>

#include "absl/status/statusor.h"
#include "core/dataset/dataset_registry.h"
#include "core/input/prepare_input.h"

namespace deepvision {

// float32 [channels, height, width / 2 + 1]. kNotFound for an unknown data set,
// kInvalidArgument unless `channels` is 1 or 3, kFailedPrecondition for a damaged
// picture.
absl::StatusOr<at::Tensor> MeasureMagnitude(const std::string& dataset, int channels, int height,
                                            int width, const DatasetRegistry& datasets,
                                            const InputLimits& limits);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_DATASET_MAGNITUDE_H_
