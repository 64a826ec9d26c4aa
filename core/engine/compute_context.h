// What a request that computes knows by the time its input is prepared.
//
// Threading: a value.
#ifndef DEEPVISION_CORE_ENGINE_COMPUTE_CONTEXT_H_
#define DEEPVISION_CORE_ENGINE_COMPUTE_CONTEXT_H_

#include <string>

#include "core/api/cancellation.h"
#include "core/api/network.h"
#include "core/api/types.h"

namespace deepvision {

struct ComputeContext {
  NetworkInfo network;
  std::string input_digest;
  ProducedBy produced_by;
  CancellationToken cancelled;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_COMPUTE_CONTEXT_H_
