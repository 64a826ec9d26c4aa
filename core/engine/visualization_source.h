// Finished visualizations as inputs of every call.
//
// Threading, errors: as TensorSource; Find blocks on the disk when the result is no
// longer in memory.
// Ownership: shares the jobs; the list of networks outlives it.
#ifndef DEEPVISION_CORE_ENGINE_VISUALIZATION_SOURCE_H_
#define DEEPVISION_CORE_ENGINE_VISUALIZATION_SOURCE_H_

#include <memory>
#include <utility>

#include "core/engine/network_list.h"
#include "core/engine/visualization_jobs.h"
#include "core/input/tensor_source.h"

namespace deepvision {

class VisualizationSource final : public TensorSource {
 public:
  VisualizationSource(std::shared_ptr<VisualizationJobs> jobs, const NetworkList& networks)
      : jobs_(std::move(jobs)), networks_(networks) {}

  absl::StatusOr<SourceImage> Find(const VisualizationRef& ref) const override;

 private:
  const std::shared_ptr<VisualizationJobs> jobs_;
  const NetworkList& networks_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_VISUALIZATION_SOURCE_H_
