#include "tests/support/scripted_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/api/module.h>

namespace deepvision {
namespace {

namespace tj = torch::jit;

// One unit for all modules: it keeps classes of one name apart.
const std::shared_ptr<tj::CompilationUnit>& Unit() {
  static const auto* const unit =
      new std::shared_ptr<tj::CompilationUnit>(std::make_shared<tj::CompilationUnit>());
  return *unit;
}

// Weights that look random and are the same on every machine.
at::Tensor Weights(c10::IntArrayRef sizes, double scale) {
  const int64_t count = c10::multiply_integers(sizes);
  return at::sin(at::arange(count).to(c10::ScalarType::Float) * 12.9898 + 0.5).view(sizes) * scale;
}

ScriptedModel Convolution(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  ScriptedModel conv("Conv2d");
  conv.Parameter("weight", Weights({out, in, kernel, kernel}, 0.2));
  const std::string s = std::to_string(stride), p = std::to_string(kernel / 2);
  conv.Define(
      "def forward(self, x: Tensor) -> Tensor:\n  return torch.conv2d(x, self.weight, None, [" + s +
      ", " + s + "], [" + p + ", " + p + "])\n");
  return conv;
}

ScriptedModel BatchNorm(int64_t channels) {
  ScriptedModel norm("BatchNorm2d");
  norm.Parameter("weight", at::ones({channels}) + Weights({channels}, 0.1));
  norm.Parameter("bias", Weights({channels}, 0.1));
  norm.Buffer("running_mean", Weights({channels}, 0.05));
  norm.Buffer("running_var", at::ones({channels}));
  norm.Define(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "  return torch.batch_norm(x, self.weight, self.bias, self.running_mean, "
      "self.running_var, self.training, 0.1, 1e-5, True)\n");
  return norm;
}

ScriptedModel Relu() {
  ScriptedModel relu("ReLU");
  relu.Define("def forward(self, x: Tensor) -> Tensor:\n  return torch.relu_(x)\n");
  return relu;
}

ScriptedModel Block(int64_t in, int64_t out, int64_t stride) {
  ScriptedModel block("BasicBlock");
  block.Child("conv1", Convolution(in, out, 3, stride));
  block.Child("bn1", BatchNorm(out));
  block.Child("relu", Relu());
  block.Child("conv2", Convolution(out, out, 3, 1));
  block.Child("bn2", BatchNorm(out));
  const bool same = in == out && stride == 1;
  if (!same) block.Child("downsample", Convolution(in, out, 1, stride));
  block.Define(std::string("def forward(self, x: Tensor) -> Tensor:\n"
                           "  y = self.relu.forward(self.bn1.forward(self.conv1.forward(x)))\n"
                           "  y = self.bn2.forward(self.conv2.forward(y))\n") +
               (same ? "  y += x\n" : "  y += self.downsample.forward(x)\n") +
               "  return self.relu.forward(y)\n");
  return block;
}

}  // namespace

struct ScriptedModel::Module {
  tj::Module module;
};

ScriptedModel::ScriptedModel(const std::string& class_name)
    : module_(new Module{tj::Module(c10::QualifiedName("__torch__." + class_name), Unit(),
                                    /*shouldMangle=*/true)}) {
  module_->module.register_attribute("training", c10::BoolType::get(), true);
}

ScriptedModel& ScriptedModel::Parameter(const std::string& name, const at::Tensor& value) {
  module_->module.register_parameter(name, value.detach().requires_grad_(value.is_floating_point()),
                                     /*is_buffer=*/false);
  return *this;
}

ScriptedModel& ScriptedModel::Buffer(const std::string& name, const at::Tensor& value) {
  module_->module.register_buffer(name, value);
  return *this;
}

ScriptedModel& ScriptedModel::Attribute(const std::string& name, const c10::IValue& value) {
  module_->module.register_attribute(name, value.type(), value);
  return *this;
}

ScriptedModel& ScriptedModel::Child(const std::string& name, const ScriptedModel& child) {
  module_->module.register_module(name, child.module_->module);
  return *this;
}

ScriptedModel& ScriptedModel::Define(const std::string& source) {
  module_->module.define(source);
  return *this;
}

c10::IValue ScriptedModel::Call(const std::string& method, const at::Tensor& input) const {
  module_->module.eval();
  const c10::AutoGradMode mode(true);
  return module_->module.get_method(method)({input});
}

void ScriptedModel::Save(const std::string& path) const {
  module_->module.eval();
  module_->module.save(path);
}

void SaveSmallResidualNetwork(const std::string& path) {
  ScriptedModel net("SmallResNet");
  net.Child("stem", Convolution(3, 8, 3, 1));
  net.Child("layer1", Block(8, 8, 1));
  net.Child("layer2", Block(8, 16, 2));
  ScriptedModel linear("Linear");
  linear.Parameter("weight", Weights({10, 16}, 0.5)).Parameter("bias", at::zeros({10}));
  linear.Define(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "  return torch.linear(x, self.weight, self.bias)\n");
  net.Child("fc", linear);
  net.Define(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "  y = self.layer2.forward(self.layer1.forward(torch.relu(self.stem.forward(x))))\n"
      "  y = torch.flatten(torch.adaptive_avg_pool2d(y, [1, 1]), 1)\n"
      "  return self.fc.forward(y)\n");
  net.Save(path);
}

}  // namespace deepvision
