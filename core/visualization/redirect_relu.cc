#include "core/visualization/redirect_relu.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/any.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/logical_not.h>
#include <ATen/ops/ne.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/where.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

namespace deepvision {
namespace {

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Whether nothing of each sample's gradient is left.
at::Tensor OfNothing(const at::Tensor& gradient, int64_t samples) {
  std::vector<int64_t> rest(static_cast<size_t>(gradient.dim() - 1));
  std::iota(rest.begin(), rest.end(), 1);
  at::Tensor something = gradient != 0;
  if (!rest.empty()) something = at::any(something, rest);
  return something.view({samples, -1}).any(1).logical_not();
}

// One flag per sample, in a shape that goes with `like`, where a sample may have
// several rows.
at::Tensor PerRow(const at::Tensor& flags, const at::Tensor& like) {
  std::vector<int64_t> sizes(static_cast<size_t>(like.dim()), 1);
  sizes[0] = like.size(0);
  return flags.repeat_interleave(like.size(0) / flags.size(0)).view(sizes);
}

struct RedirectedRelu : torch::autograd::Function<RedirectedRelu> {
  // `redirected`: bool [samples]; `upper`: 6 or kNoLimit.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& redirected, double upper) {
    context->save_for_backward({x <= 0, x >= upper, redirected});
    return upper == kNoLimit ? at::relu(x) : at::hardtanh(x, 0, upper);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    return {Redirect(gradients[0], saved[0], saved[1], saved[2]), at::Tensor(), at::Tensor()};
  }

  // Without operators that put dimensions together, or that fill by a mask: they would
  // copy a tensor whose channels lie last into another layout.
  static at::Tensor Redirect(const at::Tensor& gradient, const at::Tensor& below,
                             const at::Tensor& above, const at::Tensor& redirected) {
    const at::Tensor passed = at::where(below | above, 0, gradient);
    const at::Tensor dead = OfNothing(passed, redirected.size(0)) & redirected;
    if (!dead.any().item<bool>()) return passed;
    const at::Tensor pushes = (below & (gradient > 0)) | (above & (gradient < 0));
    return at::where(PerRow(dead, gradient), at::where(pushes, 0, gradient), passed);
  }
};

double NumberOf(const Node& node, const char* name, double otherwise) {
  const Argument* const argument = FindArgument(node, name);
  const bool number = argument != nullptr && argument->kind == Argument::Kind::kConstant &&
                      argument->constant.isScalar();
  return number ? argument->constant.toScalar().toDouble() : otherwise;
}

// Up to where the node is the identity; nothing for a node that is no ReLU.
std::optional<double> UpperLimit(const Node& node) {
  const std::string& name = node.op_name;
  if (name == "aten::relu" || name == "aten::relu_") return kNoLimit;
  if (name == "aten::relu6" || name == "aten::relu6_") return 6;
  if (name != "aten::hardtanh" && name != "aten::hardtanh_") return std::nullopt;
  if (NumberOf(node, "min_val", -1) != 0) return std::nullopt;
  return NumberOf(node, "max_val", 1);
}

// Whether the samples lie one after the other in x.
bool HoldsSamples(const at::Tensor& x, size_t samples) {
  return x.dim() > 0 && x.size(0) > 0 && x.size(0) % static_cast<int64_t>(samples) == 0;
}

at::Tensor Mask(const std::vector<bool>& flags, const at::Tensor& like) {
  at::Tensor mask = at::empty({static_cast<int64_t>(flags.size())}, at::kBool);
  std::copy(flags.begin(), flags.end(), mask.mutable_data_ptr<bool>());
  return mask.to(like.device());
}

// The run of a ReLU node.
class HeedingRelu {
 public:
  HeedingRelu(const Node& node, double upper, std::shared_ptr<const RedirectedSamples> samples)
      : run_(node.run),
        in_place_(node.op_name.back() == '_'),
        upper_(upper),
        samples_(std::move(samples)) {}

  void operator()(Stack& stack) const {
    const std::vector<bool>& flags = samples_->redirected;
    at::Tensor x = stack.at(0).toTensor();
    const bool heeds = std::find(flags.begin(), flags.end(), true) != flags.end() &&
                       c10::GradMode::is_enabled() && x.requires_grad() &&
                       HoldsSamples(x, flags.size());
    if (!heeds) return run_(stack);
    at::Tensor result = RedirectedRelu::apply(x, Mask(flags, x), upper_);
    if (in_place_) result = x.copy_(result);
    stack.clear();
    stack.emplace_back(std::move(result));
  }

 private:
  std::function<void(Stack&)> run_;
  bool in_place_;
  double upper_;
  std::shared_ptr<const RedirectedSamples> samples_;
};

}  // namespace

std::shared_ptr<const Graph> RedirectReluGradients(
    const Graph& graph, std::shared_ptr<const RedirectedSamples> samples) {
  auto redirected = std::make_shared<Graph>(graph);
  for (Node& node : redirected->nodes) {
    if (const auto upper = UpperLimit(node)) node.run = HeedingRelu(node, *upper, samples);
  }
  return redirected;
}

}  // namespace deepvision
