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

namespace deepvision {

// `options.width` and `go_on` do not matter. `log` takes what torch says, which is not
// for clients; it may be empty.
std::unique_ptr<VisualizationWorker> MakeAscentWorker(
    AscentOptions options, WidthRule rule, std::function<void(const std::string&)> log = nullptr);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_ASCENT_WORKER_H_
