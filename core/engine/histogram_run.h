// One request for histograms of activations, as a member of a forward pass.
#ifndef DEEPVISION_CORE_ENGINE_HISTOGRAM_RUN_H_
#define DEEPVISION_CORE_ENGINE_HISTOGRAM_RUN_H_

#include <memory>
#include <vector>

#include "core/api/network.h"
#include "core/engine/compute_context.h"
#include "core/engine/pass_member.h"
#include "core/engine/reply.h"

namespace deepvision {

// Replies with the histograms of all layers that `query` selects, in execution
// order.
std::shared_ptr<PassMember> MakeHistogramRun(ComputeContext context,
                                             std::shared_ptr<const HistogramQuery> query,
                                             std::shared_ptr<Reply<std::vector<Histogram>>> reply);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_HISTOGRAM_RUN_H_
