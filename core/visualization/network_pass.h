// The part of a network up to some layers, for a batch of fixed size, so that what
// an image's values are does not depend on how many others there are.
//
// What runs for the batch may round an image's last bits by its place in it:
// vectorised loops compute their last few numbers by other instructions. Operators
// that do so run image by image; see per_sample_nodes.h.
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
#include "core/visualization/slice_units.h"

namespace deepvision {

// values[sample][layer]
using SampleValues = std::vector<std::vector<at::Tensor>>;

// What the samples are, an entry for each input.
struct SampleRoles {
  std::vector<int> units;        // that they are of; read when the pass is sliced
  std::vector<bool> redirected;  // see RedirectedSamples; empty: none
};

// How the values may be computed.
struct PassForm {
  // Equal within rounding: with folded normalisations, channels last, and sliced.
  bool fast = false;
  // Only the unit of each sample is needed of the one layer; a fast pass is sliced to it
  // where the operators allow it.
  bool own_units = false;
};

class NetworkPass {
 public:
  // Runs the network once when `samples` is more than one, asking `go_on` as RunOptions
  // does.
  //   kFailedPrecondition  no gradient flows from a layer to the input, or the
  //                        network takes one image at a time: use one sample
  //   others               of Plan::Run and of the device
  static absl::StatusOr<std::unique_ptr<NetworkPass>> Create(
      const std::shared_ptr<const Graph>& graph, const std::vector<ObservedLayer>& layers,
      int samples, PassForm form, const std::function<bool()>& go_on);

  int samples() const { return samples_; }
  // Whether values hold one unit, see SliceToUnits.
  bool sliced() const { return sliced_; }
  // float64 for a network of float64, else float32.
  c10::ScalarType dtype() const;

  // `inputs` holds samples() or fewer; zeros stand in for the rest. Errors of
  // Plan::Run and of the device; kCancelled when `go_on` says no.
  absl::StatusOr<SampleValues> Run(const std::vector<at::Tensor>& inputs, SampleRoles roles,
                                   const RunOptions& options);

 private:
  NetworkPass(std::shared_ptr<const Graph> graph, const std::vector<ObservedLayer>& layers,
              int samples);
  std::vector<ValueId> Targets() const;
  void MakeFast();
  // Changes the graph to one of one unit, if it can.
  void Slice(const ObservedLayer& layer);
  void Rewrite();
  void SetRoles(SampleRoles roles);
  absl::Status CheckShape(int target, const at::Tensor& value) const;
  absl::Status CheckBatch(const std::function<bool()>& go_on);
  at::Tensor Batch(const std::vector<at::Tensor>& inputs) const;

  const std::shared_ptr<RedirectedSamples> redirected_ = std::make_shared<RedirectedSamples>();
  const std::shared_ptr<SampleUnits> units_ = std::make_shared<SampleUnits>();
  const std::vector<ObservedLayer> layers_;
  const int samples_;
  std::shared_ptr<const Graph> graph_;
  Plan plan_;
  bool sliced_ = false;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_VISUALIZATION_NETWORK_PASS_H_
