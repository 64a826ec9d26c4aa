// The part of the engine's door that is about feature visualization: jobs that
// optimise images for a long time, and those who watch them.
//
//   VisualizationEngine* visualizations = engine->visualizations();  // null: not offered
//   visualizations->Start({spec}, cancelled, [&](StatusOr<StartedVisualization> started) {
//     watch = visualizations->Watch({started->job.id}, sink);
//   });
//   …
//   watch->Leave(absl::OkStatus());            // looks no longer; the job goes on
//   visualizations->Cancel({started->ticket});  // and nobody wants it any more
//
// A job is wanted while somebody holds one of its tickets, so that it outlives
// connections; watching alone keeps no job. When the last ticket is given back,
// or by force, it is cancelled within one step. What was done by then stays in the
// store and stays an input.
//
// Threading, errors: as Engine. No method waits for a device or a disk.
#ifndef DEEPVISION_CORE_API_VISUALIZATION_ENGINE_H_
#define DEEPVISION_CORE_API_VISUALIZATION_ENGINE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/api/callback.h"
#include "core/api/cancellation.h"
#include "core/api/visualization.h"
#include "core/api/visualization_sink.h"

namespace deepvision {

// What to do about units that the store has.
enum class VisualizationMode {
  kLoadOrGenerate,
  kGenerate,    // again; equal spec and seed, equal picture
  kLoadOnly,    // units that it has not are kFailed with kNotFound
  kLoadLatest,  // the newest of this network, layer and units, whatever its spec
};

struct StartVisualizationQuery {
  VisualizationSpec spec;
  VisualizationMode mode = VisualizationMode::kLoadOrGenerate;
  int priority = 0;  // -100..100; higher ones run first, equal ones in turn
  bool wait_until_ready = false;
};

struct StartedVisualization {
  VisualizationJob job;  // with all units
  std::string ticket;    // a secret of its holder
  bool merged = false;   // the job existed, queued or running
};

// By `ticket`, or by `id` with `force`.
struct CancelVisualizationQuery {
  std::string ticket;
  std::string id;
  bool force = false;
};

// All that are set must match.
struct VisualizationFilter {
  std::string id;
  std::string network;
  std::string layer;
  std::optional<JobState> state;  // of List
};

struct DeletedVisualizations {
  uint64_t units = 0;
  uint64_t bytes = 0;
  uint64_t jobs = 0;  // that are forgotten
};

class VisualizationEngine {
 public:
  virtual ~VisualizationEngine() = default;

  // Starts a job, joins the same one while it is queued or runs, or finds it done.
  //   kInvalidArgument     the field is named as in VisualizationSpec ("spec.steps: …").
  //                        Neither units nor all_units: the text says what all cost
  //   kNotFound            network, layer, dataset; kLoadOnly, kLoadLatest: nothing is
  //                        stored, reason NOT_STORED
  //   kOutOfRange          a unit past the last one
  //   kFailedPrecondition  the layer cannot be visualized, or the numerics not be had
  //   kResourceExhausted   too many jobs wait; retry
  virtual void Start(StartVisualizationQuery query, CancellationToken cancelled,
                     Callback<StartedVisualization> done) = 0;

  // Shows a job, ended ones too, to `sink`, who hears of every outcome, perhaps
  // before Watch returns. Never null; who drops it leaves.
  //   kNotFound            reason JOB_FORGOTTEN: send the spec again, the store has
  //                        the units that were done
  //   kOutOfRange          the job has no such unit
  virtual std::shared_ptr<VisualizationWatch> Watch(WatchVisualizationQuery query,
                                                    std::shared_ptr<VisualizationSink> sink) = 0;

  // With all units. kNotFound as Watch.
  virtual absl::StatusOr<VisualizationJob> Get(absl::string_view id) const = 0;
  // Newest first, without units. All jobs that wait or run, and the last ended ones.
  virtual std::vector<VisualizationJob> List(const VisualizationFilter& filter) const = 0;

  // Gives back a ticket; the job as it is then, without units. kNotFound: no such
  // ticket or job; a ticket of a job that has ended is in order.
  virtual absl::StatusOr<VisualizationJob> Cancel(const CancelVisualizationQuery& query) = 0;
  // Of a job that waits or runs; the job, without units. kFailedPrecondition: it has
  // ended.
  virtual absl::StatusOr<VisualizationJob> SetPriority(absl::string_view id, int priority) = 0;
  // Deletes stored units and forgets ended jobs; leaves what queued and running jobs
  // work on. At least one of id, network, layer (which needs network) is set.
  virtual void Delete(VisualizationFilter filter, CancellationToken cancelled,
                      Callback<DeletedVisualizations> done) = 0;

  // For the end of the process: jobs stop before their next step, watches end with
  // kUnavailable, nothing starts any more. Units that are done are kept.
  virtual void Stop() = 0;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_API_VISUALIZATION_ENGINE_H_
