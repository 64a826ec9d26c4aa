// Which pictures of a dataset a request means.
//
// Threading: plain function.
#ifndef DEEPVISION_CORE_DATASET_SELECTION_H_
#define DEEPVISION_CORE_DATASET_SELECTION_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "core/api/dataset.h"
#include "core/dataset/dataset.h"

namespace deepvision {

constexpr size_t kMaxSelectedImages = 10000;  // of `indices` and `sample`

// The indices, in the order in which the pictures are sent.
//
// A sample is drawn without repetition: the first n steps of Fisher's and Yates'
// shuffle, by Philox numbers of the seed. It is the same on every machine, and a
// larger sample of the same seed begins with the smaller one.
//
//   kOutOfRange       an index past the end
//   kNotFound         an unknown class; the text names some that exist
//   kInvalidArgument  too many indices, an empty sample
absl::StatusOr<std::vector<uint64_t>> SelectImages(const Dataset& dataset,
                                                   const ImageSelection& selection);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_DATASET_SELECTION_H_
