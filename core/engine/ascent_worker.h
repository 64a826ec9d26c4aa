// Computes visualization jobs with core/visualization.
//
// Threading: as VisualizationWorker.
// Ownership: shares the network's graph, so that a job outlives a reload.
#ifndef DEEPVISION_CORE_ENGINE_ASCENT_WORKER_H_
#define DEEPVISION_CORE_ENGINE_ASCENT_WORKER_H_

#include <functional>
#include <memory>
#include <string>

#include "core/engine/batch_width.h"
#include "core/engine/visualization_worker.h"
#include "core/visualization/ascent.h"
#include "core/visualization/objective_survey.h"

namespace deepvision {

struct AscentWorkerTools {
  WidthRule width;
  // Runs what waits for the device, see Intermission. May be empty.
  std::function<void()> others;
  absl::Duration turn = absl::Milliseconds(25);  // a step's, between two intermissions
  // Takes what torch says, which is not for clients. May be empty.
  std::function<void(const std::string&)> log;
};

// `options.width` and `go_on` do not matter. `compared`: pictures that results are
// measured against; may be empty.
std::unique_ptr<VisualizationWorker> MakeAscentWorker(AscentOptions options,
                                                      AscentWorkerTools tools,
                                                      PictureList compared = {});

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_ASCENT_WORKER_H_
