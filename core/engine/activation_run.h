// Carries out one request for activations or a prediction on the device worker.
//
// Threading: device worker only; blocks for the forward pass.
#ifndef DEEPVISION_CORE_ENGINE_ACTIVATION_RUN_H_
#define DEEPVISION_CORE_ENGINE_ACTIVATION_RUN_H_

#include "absl/status/statusor.h"
#include "core/api/activation.h"
#include "core/api/cancellation.h"
#include "core/api/network.h"
#include "core/base/byte_budget.h"
#include "core/engine/layer_delivery.h"
#include "core/engine/network.h"
#include "core/input/prepare_input.h"

namespace deepvision {

// What the device runs on, and what it says about itself.
struct ComputeContext {
  Network& network;
  const PreparedInput& input;
  ProducedBy produced_by;
  CancellationToken cancelled;
};

// Hands header, layers and prediction to `delivery`, each layer as soon as its
// value exists, and returns what the delivery is to end with. Everything that
// depends on the request alone is checked, and the memory that a slow reader may
// cost is reserved, before the header.
//   kResourceExhausted  the budget does not have it
absl::Status RunActivations(const ComputeContext& context, const ActivationQuery& query,
                            ByteBudget& budget, LayerDelivery& delivery);

absl::StatusOr<Classification> RunClassification(const ComputeContext& context,
                                                 const ClassifyQuery& query);

// Histograms of the values of the layers that `query` selects.
absl::StatusOr<std::vector<Histogram>> RunHistograms(const ComputeContext& context,
                                                     const HistogramQuery& query);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_ACTIVATION_RUN_H_
