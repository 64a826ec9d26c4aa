// The part of a network up to some layers, for a batch of fixed size, so that what
// an image's values are does not depend on how many others there are.
//
// What runs for the batch may round an image's last bits by its place in it:
// vectorised loops compute their last few numbers by other instructions. So element
// by element functions that do (SplitsBatch) run image by image; see
// per_sample_nodes.h.
//
// Shapes: inputs [1, channels, height, width]; values [1, …] per image, in float32,
// or float64 for a network of float64.
// Threading: one thread at a time. Ownership: shares the graph.
#ifndef DEEPVISION_CORE_VISUALIZATION_NETWORK_PASS_H_
#define DEEPVISION_CORE_VISUALIZATION_NETWORK_PASS_H_

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "core/graph/graph.h"
#include "core/graph/plan.h"
#include "core/visualization/objective.h"
#include "core/visualization/redirect_relu.h"

namespace deepvision {

// values[sample][layer]
using SampleValues = std::vector<std::vector<at::Tensor>>;

class NetworkPass {
 public:
  // Runs the network once when `samples` is more than one.
  //   kFailedPrecondition  no gradient flows from a layer to the input, or the
  //                        network takes one image at a time: use one sample
  //   others               of Plan::Run and of the device
  static absl::StatusOr<std::unique_ptr<NetworkPass>> Create(
      const std::shared_ptr<const Graph>& graph, const std::vector<ObservedLayer>& layers,
      int samples);

  int samples() const { return samples_; }
  // float64 for a network of float64, else float32.
  c10::ScalarType dtype() const;

  // `inputs` holds samples() or fewer; zeros stand in for the rest. `redirected` has
  // an entry per input, or none (see RedirectedSamples). Errors of Plan::Run and of
  // the device; kCancelled when `go_on` says no.
  absl::StatusOr<SampleValues> Run(const std::vector<at::Tensor>& inputs,
                                   const std::vector<bool>& redirected, const RunOptions& options);

 private:
  NetworkPass(const std::shared_ptr<const Graph>& graph, const std::vector<ObservedLayer>& layers,
              int samples);
  absl::Status CheckBatch();
  at::Tensor Batch(const std::vector<at::Tensor>& inputs) const;

  std::shared_ptr<RedirectedSamples> redirected_ = std::make_shared<RedirectedSamples>();
  std::shared_ptr<const Graph> graph_;
  std::vector<ValueId> targets_;
  Plan plan_;
  int samples_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_NETWORK_PASS_H_
