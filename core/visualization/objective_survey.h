// How strongly given pictures excite units, to measure made images against. Computed as
// EXACT whatever the spec's numerics are: the values that activations show.
//
// Shapes: pictures are [1, channels, height, width] as the network reads them.
// Threading: plain function; on the device's thread. Blocks while each picture is made
// (files are read and decoded there) and for a forward pass each.
#ifndef DEEPVISION_CORE_VISUALIZATION_OBJECTIVE_SURVEY_H_
#define DEEPVISION_CORE_VISUALIZATION_OBJECTIVE_SURVEY_H_

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/visualization/ascent.h"

namespace deepvision {

// Pictures that are made when they are looked at.
struct PictureList {
  int count = 0;
  std::string digest;  // of what they are made of
  std::function<absl::StatusOr<at::Tensor>(int)> picture;
};

struct ObjectiveRange {
  double maximum = 0;
  double mean = 0;
};

// Of each of the spec's units, without penalties. `options` as for Ascent::Create, with
// groups of one image; width, start and magnitude do not matter. Errors of
// Ascent::Create; kFailedPrecondition for a picture that cannot be made or looked at;
// kCancelled when `options.go_on` says no.
absl::StatusOr<std::vector<ObjectiveRange>> SurveyObjectives(const AscentOptions& options,
                                                             const PictureList& pictures);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_OBJECTIVE_SURVEY_H_
