// A visualization as a client asks for it -> one for VisualizationJobs: checked against
// its network, every default filled in, its start prepared.
//
// Threading: blocks (pictures, data sets) and computes on the calling thread, of the
// host pool.
// Errors: those of VisualizationEngine::Start; the texts begin with "spec.".
#ifndef DEEPVISION_CORE_ENGINE_VISUALIZATION_REQUEST_H_
#define DEEPVISION_CORE_ENGINE_VISUALIZATION_REQUEST_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/api/visualization_spec.h"
#include "core/engine/ascent_worker.h"
#include "core/engine/network.h"
#include "core/engine/visualization_jobs.h"
#include "core/input/prepare_input.h"

namespace deepvision {

// What an engine lends to who makes requests.
struct VisualizationRequestTools {
  // An input as the network sees it, and remembered.
  std::function<absl::StatusOr<PreparedInput>(const Input&, const Network&)> prepare;
  std::function<absl::StatusOr<ProducedBy>(const Network&, Numerics)> produced_by;
  // Mean magnitudes of a data set's pictures, see AscentOptions.
  std::function<absl::StatusOr<at::Tensor>(const std::string& dataset, int channels, int height,
                                           int width)>
      magnitude;
  // Pictures of a data set as a network of this preprocessing sees them.
  std::function<absl::StatusOr<PictureList>(const std::string& dataset, const Preprocessing&)>
      pictures;
  AscentWorkerTools worker;
};

// `network` is READY.
absl::StatusOr<VisualizationRequest> MakeVisualizationRequest(
    VisualizationSpec spec, const std::shared_ptr<const Network>& network,
    const VisualizationRequestTools& tools);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_VISUALIZATION_REQUEST_H_
