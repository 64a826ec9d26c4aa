// What is maximised: numbers of layers -> one number per image.
//
//   DV_ASSIGN_OR_RETURN(auto objective, ObjectiveFunction::Create(spec.objective,
//                                                                 spec.layer, layers));
//   std::vector<at::Tensor> values = objective.Evaluate(unit, images);
//
// The formulae are those of lucid/optvis/objectives.py with means where it has sums;
// each is written at its term in core/api/visualization_spec.h.
//
// Threading: immutable. Ownership: a value.
// Shapes: a layer's value is [1, …] per image: FEATURE_MAP [1, C, H, W], TOKENS
// [1, T, C], VECTOR [1, C]; results have no dimension. Differentiable; any float type.
#ifndef DEEPVISION_CORE_VISUALIZATION_OBJECTIVE_H_
#define DEEPVISION_CORE_VISUALIZATION_OBJECTIVE_H_

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/api/types.h"
#include "core/api/visualization_spec.h"
#include "core/graph/graph.h"

namespace deepvision {

// A layer that an objective may look at.
struct ObservedLayer {
  std::string id;  // as the spec names it
  ValueId value = kNone;
  DataKind kind = DataKind::kNone;
  Shape shape;  // without the batch dimension
};

// The layers that an objective names, each once, `layer` first.
std::vector<std::string> LayersOf(const Objective& objective, const std::string& layer);

// How many units the layer has; 0 when its values are no units' (OTHER).
int UnitCount(const ObservedLayer& layer);

class ObjectiveFunction {
 public:
  // `layers` holds all of LayersOf, in any order. Errors name the field:
  //   kInvalidArgument     a direction of another length, a weight that is no number,
  //                        an image count beyond 1..16, a layer without units
  //   kOutOfRange          a unit or position that the layer does not have
  static absl::StatusOr<ObjectiveFunction> Create(const Objective& objective,
                                                  const std::string& layer,
                                                  const std::vector<ObservedLayer>& layers);

  // kOutOfRange for a unit that one of the terms cannot be of.
  absl::Status CheckUnit(int unit) const;

  // Whether no unit of the layer but the image's own is looked at. Then Evaluate may be
  // given values of that unit only, as unit 0.
  bool LooksAtOwnUnitOnly() const;

  const std::vector<ObservedLayer>& layers() const { return layers_; }
  int images() const { return objective_.group.images; }

  // images[i][k] is the value of layers()[k] for image i of the unit. The sum of the
  // results is what the unit maximises. Errors: torch's exceptions.
  std::vector<at::Tensor> Evaluate(int unit,
                                   const std::vector<std::vector<at::Tensor>>& images) const;

 private:
  ObjectiveFunction(const Objective& objective, const std::string& layer);

  const ObservedLayer& Layer(const std::string& id) const;
  absl::Status PickLayers(const std::string& layer, const std::vector<ObservedLayer>& all);
  absl::Status CheckTerms() const;
  absl::Status CheckGroup() const;
  at::Tensor TermValue(const ObjectiveTerm& term, int unit,
                       const std::vector<at::Tensor>& values) const;
  // The value for the unit of image `i`, which may be between two.
  at::Tensor WeightedTerms(int unit, int i, const std::vector<at::Tensor>& values) const;

  Objective objective_;  // every term names its layer
  std::vector<ObservedLayer> layers_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_OBJECTIVE_H_
