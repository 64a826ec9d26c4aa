// A batch of units that climb together: the images of each are changed step by step
// so that they excite it more.
//
//   DV_ASSIGN_OR_RETURN(auto ascent, Ascent::Create(options, {4, 8, 15}));
//   while (!ascent->finished()) DV_RETURN_IF_ERROR(ascent->Step());
//   DV_ASSIGN_OR_RETURN(at::Tensor picture, ascent->Images(0, ImageSpace::kDisplay));
//
// A step: parameters -> image -> what the network is shown -> the network up to the
// layers -> objective -> gradient with respect to the parameters only -> optimiser.
// What a unit becomes depends on the options, on `width` and on the unit, not on the
// other units nor on its place among them. With other numerics than EXACT the network is
// rewritten to one that is equal within rounding, and computes only the units asked for
// of its last layer, where it can (network_pass.h).
//
// A unit whose objective or gradient is not finite starts again, with new random
// numbers. Gradients that are zero end it; see UnitProgress.
//
// Threading: one thread at a time, the device's. Step blocks for a step.
// Ownership: shares the graph. Errors: torch's exceptions become absl::Status here.
#ifndef DEEPVISION_CORE_VISUALIZATION_ASCENT_H_
#define DEEPVISION_CORE_VISUALIZATION_ASCENT_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "core/api/manifest.h"
#include "core/api/visualization_spec.h"
#include "core/graph/graph.h"
#include "core/visualization/method.h"
#include "core/visualization/network_pass.h"
#include "core/visualization/objective.h"
#include "core/visualization/unit_climb.h"
#include "core/visualization/unit_progress.h"

namespace deepvision {

struct AscentOptions {
  // Specialised for the network's input; its size is what the network is shown.
  std::shared_ptr<const Graph> graph;
  std::vector<ObservedLayer> layers;  // all that the spec's LayersOf names
  Preprocessing preprocessing;        // channels, value_range, mean, std, bgr
  // Resolved by ResolveSpec: layer, objective, method, penalties, size, steps, seed.
  VisualizationSpec spec;
  // Images in a batch: 1, 4 or 16, at least those of one unit.
  int width = 1;
  // [channels, height, width] as the network reads it; undefined: noise.
  at::Tensor start;
  // Of maco, [channels, height, width / 2 + 1]; undefined: NaturalMagnitude.
  at::Tensor magnitude;
  // Asked between operators, as RunOptions::go_on is; Create, Step and CleanObjectives
  // are kCancelled when it says no. May be empty.
  std::function<bool()> go_on;
  // For tests: see MethodOptions.
  std::function<RobustDraw(int step)> robust_draws;
};

enum class ImageSpace {
  kDisplay,  // 0..1, for people
  kNetwork,  // as the network reads it, of the image's own size
};

class Ascent {
 public:
  // `units`: at most width / images of a unit; each once.
  //   kInvalidArgument     what ResolveSpec and ObjectiveFunction::Create say; a
  //                        width or start that does not fit
  //   kOutOfRange          a unit that the layer does not have
  //   kFailedPrecondition  see NetworkPass::Create; with the reason
  //                        ONE_IMAGE_AT_A_TIME, ask again with width 1
  static absl::StatusOr<std::unique_ptr<Ascent>> Create(const AscentOptions& options,
                                                        const std::vector<int>& units);

  // One step for every unit that runs. After an error the batch is as before it and
  // may try again.
  absl::Status Step();

  bool finished() const;  // no unit runs
  // In the order of `units`.
  std::vector<UnitProgress> progress() const;

  // The images of units[i], float32 [images, channels, height, width] on the CPU.
  absl::StatusOr<at::Tensor> Images(int i, ImageSpace space) const;
  // What units[i] is made of: its first image's parameters, as they are.
  const at::Tensor& Parameters(int i) const;
  // How much each pixel mattered, 0..1, [images, height, width]: the sum of |gradient|
  // over steps, cut at its 80th percentile (maco). Undefined for other methods.
  absl::StatusOr<at::Tensor> Opacity(int i) const;
  // The objectives of each unit's whole images, without transforms: [unit][image].
  absl::StatusOr<std::vector<std::vector<double>>> CleanObjectives();

 private:
  Ascent(ObjectiveFunction objective, std::shared_ptr<const ClimbRules> rules,
         std::unique_ptr<NetworkPass> pass, int views_per_pass, std::function<bool()> go_on);

  // The objectives of images: [climb][view][image].
  using Objectives = std::vector<std::vector<std::vector<at::Tensor>>>;

  absl::Status Climb();
  // Adds the slopes of some views, and their objectives, to what is there.
  struct Sums;
  absl::Status Look(int views, Sums& sums);
  void AddSlopes(const std::vector<at::Tensor>& leaves, const Objectives& objectives, Sums& sums);
  Objectives Evaluate(const std::vector<UnitClimb*>& climbs, int views,
                      const SampleValues& values) const;
  std::vector<UnitClimb*> Running();

  const ObjectiveFunction objective_;
  const std::shared_ptr<const ClimbRules> rules_;
  const std::unique_ptr<NetworkPass> pass_;
  const int views_per_pass_;
  const std::function<bool()> go_on_;
  std::vector<std::unique_ptr<UnitClimb>> climbs_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_ASCENT_H_
