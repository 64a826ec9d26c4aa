#include "core/visualization/per_sample_nodes.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace deepvision {
namespace {

// Element by element functions with an exponential or the like in one of their
// directions. The first argument is their only tensor.
bool SplitsBatch(const Node& node) {
  static const auto* const names = new absl::flat_hash_set<std::string>{
      "aten::sigmoid",  "aten::tanh",      "aten::silu",        "aten::gelu",
      "aten::elu",      "aten::selu",      "aten::celu",        "aten::mish",
      "aten::softplus", "aten::exp",       "aten::log",         "aten::erf",
      "aten::softmax",  "aten::sqrt",      "aten::log_softmax", "aten::log_sigmoid",
      "aten::rsqrt",    "aten::hardswish", "aten::hardsigmoid"};
  const std::string& name = node.op_name;
  return names->contains(name.back() == '_' ? name.substr(0, name.size() - 1) : name);
}

class PerSample {
 public:
  PerSample(const Node& node, int samples)
      : run_(node.run), in_place_(node.op_name.back() == '_'), samples_(samples) {}

  void operator()(Stack& stack) const {
    const at::Tensor x = stack.at(0).isTensor() ? stack.at(0).toTensor() : at::Tensor();
    if (!x.defined() || x.dim() < 2 || x.size(0) != samples_) return run_(stack);
    std::vector<at::Tensor> results;
    for (const at::Tensor& sample : x.split(1)) results.push_back(RunOn(sample, stack));
    at::Tensor all = at::cat(results);
    if (in_place_) all = x.copy_(all);
    stack.clear();
    stack.emplace_back(std::move(all));
  }

 private:
  at::Tensor RunOn(const at::Tensor& sample, const Stack& arguments) const {
    Stack stack = arguments;
    // A copy where the operator writes; also an address that is always aligned.
    stack[0] = sample.clone();
    run_(stack);
    return stack.at(0).toTensor();
  }

  std::function<void(Stack&)> run_;
  bool in_place_;
  int64_t samples_;
};

}  // namespace

std::shared_ptr<const Graph> RunPerSample(const Graph& graph, int samples) {
  auto split = std::make_shared<Graph>(graph);
  if (samples == 1) return split;
  for (Node& node : split->nodes) {
    if (SplitsBatch(node)) node.run = PerSample(node, samples);
  }
  return split;
}

}  // namespace deepvision
