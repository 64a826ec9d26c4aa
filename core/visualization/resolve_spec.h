// A spec as a client sends it -> one with every default filled in, so that equal
// questions have equal specs.
//
// Threading: plain functions. Errors name the field and say what to do:
//   kInvalidArgument  numbers out of their limits, neither units nor all_units,
//                     transforms that leave nothing of the image
//   kOutOfRange       a unit that the layer does not have
#ifndef DEEPVISION_CORE_VISUALIZATION_RESOLVE_SPEC_H_
#define DEEPVISION_CORE_VISUALIZATION_RESOLVE_SPEC_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/api/types.h"
#include "core/api/visualization_spec.h"

namespace deepvision {

// What a spec's defaults depend on.
struct SpecContext {
  int input_height = 0;  // of the network
  int input_width = 0;
  int units = 0;  // of the spec's layer
};

// Fills in units, objective, image size, steps, transforms and numerics. Units that
// come twice are kept once.
absl::StatusOr<VisualizationSpec> ResolveSpec(VisualizationSpec spec, const SpecContext& context);

// What ResolveSpec checks of a spec in which everything is filled in.
absl::Status CheckResolved(const VisualizationSpec& spec);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_RESOLVE_SPEC_H_
