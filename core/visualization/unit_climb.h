// One unit on its way: the parameters of its images, their optimisers, what became
// of it. Private to core/visualization; Ascent runs a batch of them.
//
//   climb.Begin();                               // images for this step
//   input = climb.See(image);                    // per image and view
//   climb.End(objective, slopes);                // one step up, or an end of it
//
// Threading: one thread at a time. Errors: torch's exceptions.
#ifndef DEEPVISION_CORE_VISUALIZATION_UNIT_CLIMB_H_
#define DEEPVISION_CORE_VISUALIZATION_UNIT_CLIMB_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/api/visualization_spec.h"
#include "core/visualization/method.h"
#include "core/visualization/unit_progress.h"

namespace deepvision {

// What all units of a job have in common.
struct ClimbRules {
  std::shared_ptr<const Method> method;
  std::vector<Penalty> penalties;
  int images = 1;
  int steps = 1;
  uint64_t seed = 0;
};

class UnitClimb {
 public:
  UnitClimb(std::shared_ptr<const ClimbRules> rules, int unit);

  const UnitProgress& progress() const { return progress_; }
  bool running() const { return progress_.state == UnitProgress::State::kRunning; }
  // Whether a dead start is helped at this step.
  bool redirected() const;

  // The images before their transforms; leaves for gradients after Begin. A step that
  // does not End may Begin again.
  void Begin();
  const at::Tensor& leaf(int image) const { return images_[static_cast<size_t>(image)].leaf; }
  at::Tensor See(int image);

  // `objective`: the sum over images, mean over views. slopes[i]: the gradient of the
  // negative objective with respect to leaf(i).
  void End(double objective, const std::vector<at::Tensor>& slopes);

  // [1, channels, height, width]; without gradients.
  at::Tensor Image(int image) const;
  const at::Tensor& parameters(int image) const {
    return images_[static_cast<size_t>(image)].parameters;
  }
  // Sum over steps and mean over channels of |slope|, [1, height, width]; undefined
  // for methods that keep none.
  const at::Tensor& opacity(int image) const { return images_[static_cast<size_t>(image)].opacity; }

 private:
  struct Slot {
    at::Tensor parameters;
    std::unique_ptr<Optimizer> optimizer;
    // Of this step:
    std::unique_ptr<UnitRandom> random;
    at::Tensor point;  // the parameters, disturbed; a leaf for gradients
    at::Tensor image;  // with the way to the point
    at::Tensor leaf;
    at::Tensor opacity;
  };

  UnitRandom Random(int image, int step) const;
  void Start();
  void Restart();
  at::Tensor Disturbed(const Slot& slot) const;
  at::Tensor ParameterGradient(Slot& slot, const at::Tensor& slope) const;

  std::shared_ptr<const ClimbRules> rules_;
  UnitProgress progress_;
  int flat_steps_ = 0;  // without any gradient, up to now
  std::vector<Slot> images_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_UNIT_CLIMB_H_
