// One request for activations, as a member of a forward pass.
#ifndef DEEPVISION_CORE_ENGINE_ACTIVATION_RUN_H_
#define DEEPVISION_CORE_ENGINE_ACTIVATION_RUN_H_

#include <memory>

#include "core/api/activation.h"
#include "core/base/byte_budget.h"
#include "core/engine/compute_context.h"
#include "core/engine/layer_delivery.h"
#include "core/engine/pass_member.h"
#include "core/engine/range_memory.h"

namespace deepvision {

// Hands header, layers and prediction to `delivery`, each layer as soon as its
// value exists, and finishes it. Everything that depends on the request alone is
// checked, and the memory that a slow reader may cost is reserved, before the
// header.
//   kResourceExhausted  the budget does not have it
// `budget` outlives the run. With `ranges` the input is a frame of a live session,
// whose SMOOTHED layers they belong to.
std::shared_ptr<PassMember> MakeActivationRun(ComputeContext context,
                                              std::shared_ptr<const ActivationQuery> query,
                                              ByteBudget& budget,
                                              std::shared_ptr<LayerDelivery> delivery,
                                              std::shared_ptr<RangeMemory> ranges = nullptr);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_ACTIVATION_RUN_H_
