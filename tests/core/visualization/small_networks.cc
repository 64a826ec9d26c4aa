#include "tests/core/visualization/small_networks.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>

#include <utility>

#include "core/visualization/resolve_spec.h"
#include "tests/core/visualization/tensors.h"
#include "tests/support/operator_recorder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {

std::shared_ptr<const Graph> TwoConvolutions(const std::vector<at::Tensor>& weights, int64_t height,
                                             int64_t width, const std::string& activation) {
  at::Tensor x = at::ones({1, weights[0].size(1), height, width}, weights[0].options());
  x.requires_grad_(true);
  OperatorRecorder net(x);
  const c10::List<int64_t> one({1, 1});
  at::Tensor y = net.Call("aten::conv2d", "", {x, weights[0], weights[1], one, one});
  y = net.Call("aten::" + activation, "", {y});
  y = net.Call("aten::conv2d", "", {y, weights[2], weights[3], one, one});
  return net.Finish(net.Call("aten::" + activation, "", {y}));
}

std::vector<at::Tensor> SomeWeights(c10::ScalarType dtype) {
  return {(Normals({6, 3, 3, 3}, 1) / 3).to(dtype), (Normals({6}, 2) / 5).to(dtype),
          (Normals({20, 6, 3, 3}, 3) / 5).to(dtype), (Normals({20}, 4) / 5).to(dtype)};
}

AscentOptions OptionsFor(std::shared_ptr<const Graph> graph, const VisualizationMethod& method,
                         int steps) {
  AscentOptions options;
  const Value& value = graph->values[graph->outputs[0].value];
  options.layers = {{"last",
                     graph->outputs[0].value,
                     DataKind::kFeatureMap,
                     {value.sizes[1], value.sizes[2], value.sizes[3]}}};
  const std::vector<int64_t>& input = graph->values[graph->input].sizes;
  options.preprocessing.channels = static_cast<int>(input[1]);
  options.spec.layer = "last";
  options.spec.all_units = true;
  options.spec.method = method;
  options.spec.steps = steps;
  const auto spec = ResolveSpec(
      options.spec,
      {static_cast<int>(input[2]), static_cast<int>(input[3]), static_cast<int>(value.sizes[1])});
  REQUIRE_OK(spec);
  options.spec = *spec;
  options.graph = std::move(graph);
  return options;
}

void Finish(Ascent& ascent) {
  while (!ascent.finished()) REQUIRE_OK(ascent.Step());
}

}  // namespace deepvision
