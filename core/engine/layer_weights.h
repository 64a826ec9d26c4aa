// The parameters of layers: as tensors and as histograms.
//
// Threading: runs torch: on the device worker only.
#ifndef DEEPVISION_CORE_ENGINE_LAYER_WEIGHTS_H_
#define DEEPVISION_CORE_ENGINE_LAYER_WEIGHTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/api/network.h"
#include "core/engine/specialisation.h"

namespace deepvision {

// Parameters and buffers of every operator of the layer, as float32.
//   kNotFound            no such layer
//   kFailedPrecondition  it has no parameters
absl::StatusOr<std::vector<WeightTensor>> WeightsOfLayer(const Specialisation& specialisation,
                                                         const std::string& layer);

// Of the arguments called "weight" of each selected layer that has some.
absl::StatusOr<std::vector<Histogram>> WeightHistogramsOf(const Specialisation& specialisation,
                                                          const HistogramQuery& query);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_LAYER_WEIGHTS_H_
