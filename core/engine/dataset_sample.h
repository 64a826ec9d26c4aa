// Some pictures of a data set that stand for all of it.
//
// Threading: plain functions that block (files).
#ifndef DEEPVISION_CORE_ENGINE_DATASET_SAMPLE_H_
#define DEEPVISION_CORE_ENGINE_DATASET_SAMPLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/api/manifest.h"
#include "core/dataset/dataset_registry.h"
#include "core/input/prepare_input.h"
#include "core/visualization/objective_survey.h"

namespace deepvision {

// At most 64, evenly spread.
std::vector<uint64_t> SampleIndices(const Dataset& dataset);

// They, as a network of this preprocessing sees them. Shares `datasets`, which outlives
// the list. kNotFound for an unknown data set; errors of Dataset::ReadImage.
absl::StatusOr<PictureList> SamplePictures(const std::string& dataset,
                                           const Preprocessing& preprocessing,
                                           const DatasetRegistry& datasets,
                                           const InputLimits& limits);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_DATASET_SAMPLE_H_
