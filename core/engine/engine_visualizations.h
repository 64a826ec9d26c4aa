// The engine's door to feature visualization: finds the network, has the spec checked
// on the host pool, and leaves the rest to the jobs.
//
// Threading: thread-safe; no method waits for a device or a disk.
// Ownership: shares the jobs; what the tools point at outlives it and its tasks.
#ifndef DEEPVISION_CORE_ENGINE_ENGINE_VISUALIZATIONS_H_
#define DEEPVISION_CORE_ENGINE_ENGINE_VISUALIZATIONS_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/api/visualization_engine.h"
#include "core/base/executor.h"
#include "core/engine/network.h"
#include "core/engine/reply.h"
#include "core/engine/visualization_jobs.h"
#include "core/engine/visualization_request.h"

namespace deepvision {

class EngineVisualizations final : public VisualizationEngine {
 public:
  struct Tools {
    std::function<absl::StatusOr<std::shared_ptr<Network>>(absl::string_view id)> find;
    VisualizationRequestTools request;
    Executor* host = nullptr;
  };

  EngineVisualizations(Tools tools, std::shared_ptr<VisualizationJobs> jobs)
      : tools_(std::make_shared<const Tools>(std::move(tools))), jobs_(std::move(jobs)) {}

  void Start(StartVisualizationQuery query, CancellationToken cancelled,
             Callback<StartedVisualization> done) override;
  std::shared_ptr<VisualizationWatch> Watch(WatchVisualizationQuery query,
                                            std::shared_ptr<VisualizationSink> sink) override {
    return jobs_->Watch(std::move(query), std::move(sink));
  }
  absl::StatusOr<VisualizationJob> Get(absl::string_view id) const override {
    return jobs_->Get(id);
  }
  std::vector<VisualizationJob> List(const VisualizationFilter& filter) const override {
    return jobs_->List(filter);
  }
  absl::StatusOr<VisualizationJob> Cancel(const CancelVisualizationQuery& query) override {
    return jobs_->Cancel(query);
  }
  absl::StatusOr<VisualizationJob> SetPriority(absl::string_view id, int priority) override {
    return jobs_->SetPriority(id, priority);
  }
  void Delete(VisualizationFilter filter, CancellationToken cancelled,
              Callback<DeletedVisualizations> done) override {
    jobs_->Delete(std::move(filter), std::move(cancelled), std::move(done));
  }
  void Stop() override { jobs_->Stop(); }

 private:
  const std::shared_ptr<const Tools> tools_;
  const std::shared_ptr<VisualizationJobs> jobs_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_ENGINE_VISUALIZATIONS_H_
