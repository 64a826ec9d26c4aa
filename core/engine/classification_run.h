// One request for a prediction, as a member of a forward pass.
#ifndef DEEPVISION_CORE_ENGINE_CLASSIFICATION_RUN_H_
#define DEEPVISION_CORE_ENGINE_CLASSIFICATION_RUN_H_

#include <memory>

#include "core/api/activation.h"
#include "core/engine/compute_context.h"
#include "core/engine/pass_member.h"
#include "core/engine/reply.h"

namespace deepvision {

std::shared_ptr<PassMember> MakeClassificationRun(ComputeContext context,
                                                  std::shared_ptr<const ClassifyQuery> query,
                                                  std::shared_ptr<Reply<Classification>> reply);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_CLASSIFICATION_RUN_H_
