// The visualization jobs of one device: which there are, who wants them, whose turn
// it is. Torch-free: a VisualizationWorker computes, in slices that are posted one
// at a time to the device's background queue, so that interactive work runs between
// any two (and within them, see Intermission). What is done is in VisualizationResults.
//
//   auto jobs = VisualizationJobs::Create(options);
//   jobs->Start(request, mode, priority, cancelled, done);
//   auto watch = jobs->Watch(query, sink);
//   …
//   jobs->Stop();      // before the executors are destroyed, which end a slice that runs
//
// Jobs are known by the digest of their spec: the same spec is the same job while
// it waits or runs. A job with the first turn (JobTurn) runs; one that gives way
// keeps its batch and goes on later. It is cancelled when its last ticket is given
// back, or by force; that takes effect before the worker's next step.
//
// Threading: thread-safe; no method but Result waits for a device or a disk. The
// executors must not run tasks inside Post.
// Ownership: tasks keep the jobs alive; the executors and the timer of the options
// outlive them.
// Errors: those of VisualizationEngine.
#ifndef DEEPVISION_CORE_ENGINE_VISUALIZATION_JOBS_H_
#define DEEPVISION_CORE_ENGINE_VISUALIZATION_JOBS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/api/visualization_engine.h"
#include "core/engine/visualization_watcher.h"
#include "core/engine/visualization_worker.h"
#include "core/store/spec_digest.h"

namespace deepvision {

// A job to start, checked and resolved.
struct VisualizationRequest {
  VisualizationSpec spec;  // every default filled in; units are not empty
  VisualizationContext context;
  ProducedBy produced_by;
  // Called at most once, on the device's thread.
  absl::AnyInvocable<absl::StatusOr<std::unique_ptr<VisualizationWorker>>() &&> make_worker;
};

// At rest: all 0, but for what is counted since start and for ended jobs.
struct VisualizationJobCounts {
  size_t queued = 0;
  size_t running = 0;
  size_t ended = 0;  // that are remembered
  size_t watchers = 0;
  uint64_t unsaved = 0;  // units that the disk refused, since start
};

class VisualizationJobs {
 public:
  struct Options {
    Executor* device = nullptr;
    WatcherTools tools;
    size_t max_active = 64;    // jobs that wait or run
    size_t max_tickets = 256;  // of one job
    size_t max_ended = 256;    // ended jobs that are remembered
    absl::Duration slice = absl::Milliseconds(100);
  };

  static std::shared_ptr<VisualizationJobs> Create(Options options);
  virtual ~VisualizationJobs() = default;

  // As in VisualizationEngine. `done` comes on a host thread, or at once.
  virtual void Start(VisualizationRequest request, VisualizationMode mode, int priority,
                     CancellationToken cancelled, Callback<StartedVisualization> done) = 0;
  virtual std::shared_ptr<VisualizationWatch> Watch(WatchVisualizationQuery query,
                                                    std::shared_ptr<VisualizationSink> sink) = 0;
  virtual absl::StatusOr<VisualizationJob> Get(absl::string_view id) const = 0;
  virtual std::vector<VisualizationJob> List(const VisualizationFilter& filter) const = 0;
  virtual absl::StatusOr<VisualizationJob> Cancel(const CancelVisualizationQuery& query) = 0;
  virtual absl::StatusOr<VisualizationJob> SetPriority(absl::string_view id, int priority) = 0;
  virtual void Delete(VisualizationFilter filter, CancellationToken cancelled,
                      Callback<DeletedVisualizations> done) = 0;

  // The images of a unit that is done. Blocks on the disk.
  //   kNotFound            no such job or unit; the result is not kept any more
  //   kFailedPrecondition  the unit is not done
  virtual absl::StatusOr<SharedRecord> Result(absl::string_view id, int unit) = 0;

  virtual VisualizationJobCounts Counts() const = 0;

  // Ends all watches with kUnavailable and starts nothing any more. Units that were
  // not done are lost.
  virtual void Stop() = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_VISUALIZATION_JOBS_H_
