#include "core/visualization/fold_norms.h"

#include <ATen/TensorOperators.h>

#include <vector>

#include "tests/core/visualization/tensors.h"
#include "tests/support/operator_recorder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

const c10::List<int64_t> kOne({1, 1});

at::Tensor Norm(OperatorRecorder& net, const at::Tensor& x, const std::vector<at::Tensor>& of,
                bool training = false) {
  const auto argument = [&](size_t i) {
    return of[i].defined() ? c10::IValue(of[i]) : c10::IValue();
  };
  return net.Call("aten::batch_norm", "",
                  {x, argument(0), argument(1), of[2], of[3], training, 0.1, 1e-3, false});
}

// Gain, shift, mean, variance of four channels.
std::vector<at::Tensor> Statistics() {
  return {Normals({4}, 4), Normals({4}, 5), Normals({4}, 6), Normals({4}, 7).abs() + 0.1};
}

int Norms(const Graph& graph) {
  int count = 0;
  for (const Node& node : graph.nodes) count += node.op_name == "aten::batch_norm" ? 1 : 0;
  return count;
}

std::vector<ValueId> OutputsOf(const Graph& graph) { return {graph.outputs[0].value}; }

at::Tensor Output(const std::shared_ptr<const Graph>& graph, const at::Tensor& input) {
  return RunPlan(Plan::Make(graph, OutputsOf(*graph)), input)[0];
}

TEST_CASE("a normalisation behind a convolution becomes part of it", "[visualization][fold]") {
  const at::Tensor x = Normals({1, 2, 5, 5}, 1);
  for (const bool biased : {false, true}) {
    for (const bool affine : {false, true}) {
      OperatorRecorder net(x);
      const c10::IValue bias = biased ? c10::IValue(Normals({4}, 3)) : c10::IValue();
      at::Tensor y = net.Call("aten::conv2d", "", {x, Normals({4, 2, 3, 3}, 2), bias, kOne, kOne});
      std::vector<at::Tensor> statistics = Statistics();
      if (!affine) statistics[0] = statistics[1] = at::Tensor();
      y = Norm(net, y, statistics);
      const auto graph = net.Finish(net.Call("aten::relu_", "", {y}));
      const auto folded = FoldNorms(*graph, OutputsOf(*graph));
      CHECK(Norms(*folded) == 0);
      CHECK(Norms(*graph) == 1);
      const at::Tensor other = Normals({1, 2, 5, 5}, 9);
      CHECK(Difference(Output(folded, other), Output(graph, other)) < 1e-13);
    }
  }
}

TEST_CASE("what somebody else reads between the two is left alone", "[visualization][fold]") {
  const at::Tensor x = Normals({1, 2, 5, 5}, 1);
  OperatorRecorder net(x);
  const at::Tensor y = net.Call("aten::conv2d", "", {x, Normals({4, 2, 1, 1}, 2)});
  const at::Tensor z = Norm(net, y, Statistics());
  const auto graph = net.Finish(net.Call("aten::add", "Tensor", {z, y}));
  CHECK(Norms(*FoldNorms(*graph, OutputsOf(*graph))) == 1);

  OperatorRecorder asked(x);
  const at::Tensor w = asked.Call("aten::conv2d", "", {x, Normals({4, 2, 1, 1}, 2)});
  const auto target = asked.Finish(Norm(asked, w, Statistics()));
  const ValueId between = FindValue(*target, "/conv2d");
  REQUIRE(between != kNone);
  CHECK(Norms(*FoldNorms(*target, {between, target->outputs[0].value})) == 1);
  CHECK(Norms(*FoldNorms(*target, OutputsOf(*target))) == 0);
}

TEST_CASE("a normalisation that measures what it reads, or follows something else, stays",
          "[visualization][fold]") {
  const at::Tensor x = Normals({1, 4, 5, 5}, 1);
  OperatorRecorder measuring(x);
  const at::Tensor y = measuring.Call("aten::conv2d", "", {x, Normals({4, 4, 1, 1}, 2)});
  const auto training = measuring.Finish(Norm(measuring, y, Statistics(), /*training=*/true));
  CHECK(Norms(*FoldNorms(*training, OutputsOf(*training))) == 1);

  OperatorRecorder first(x);
  const auto alone = first.Finish(Norm(first, x, Statistics()));
  CHECK(Norms(*FoldNorms(*alone, OutputsOf(*alone))) == 1);

  OperatorRecorder weighing(x);
  const at::Tensor weight = weighing.Call("aten::mean", "dim", {x, c10::List<int64_t>({0}), true});
  const at::Tensor kernel =
      weighing.Call("aten::reshape", "", {weight, c10::List<int64_t>({4, 1, 5, 5})});
  const at::Tensor z = weighing.Call("aten::conv2d", "", {x, kernel, {}, kOne, kOne, kOne, 4});
  const auto dynamic = weighing.Finish(Norm(weighing, z, Statistics()));
  CHECK(Norms(*FoldNorms(*dynamic, OutputsOf(*dynamic))) == 1);
}

}  // namespace
}  // namespace deepvision
