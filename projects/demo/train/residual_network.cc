#include "projects/demo/train/residual_network.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/jit/api/compilation_unit.h>

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"

namespace deepvision::demo {
namespace {

using torch::jit::CompilationUnit;
using torch::jit::Module;

constexpr char kPyTorch[] = "__torch__.torch.nn.modules.";
constexpr char kDemo[] = "__torch__.deepvision.demo.";

// Makes modules in one compilation unit, with weights from one generator.
class Builder {
 public:
  explicit Builder(uint64_t seed) : generator_(at::detail::createCPUGenerator(seed)) {}

  Module Network(int classes);

 private:
  Module New(const std::string& prefix, const std::string& name) const;
  Module Function(const std::string& name, const std::string& expression) const;
  Module Conv(int in, int out, int kernel, int stride);
  Module BatchNorm(int channels) const;
  Module Relu() const { return Function("activation.ReLU", "torch.relu(input)"); }
  Module Linear(int in, int out);
  Module BasicBlock(int in, int out, int stride);
  Module Sequential(const std::vector<Module>& children) const;

  at::Tensor Normal(at::IntArrayRef shape, double deviation) {
    return at::empty(shape).normal_(0, deviation, generator_);
  }

  std::shared_ptr<CompilationUnit> unit_ = std::make_shared<CompilationUnit>();
  at::Generator generator_;
};

Module Builder::New(const std::string& prefix, const std::string& name) const {
  Module module(c10::QualifiedName(prefix + name), unit_, /*shouldMangle=*/true);
  // train() and eval() change this attribute, so every module must have it.
  module.register_attribute("training", c10::BoolType::get(), true);
  return module;
}

Module Builder::Function(const std::string& name, const std::string& expression) const {
  Module module = New(kPyTorch, name);
  module.define(
      absl::StrCat("def forward(self, input: Tensor) -> Tensor:\n  return ", expression, "\n"));
  return module;
}

Module Builder::Conv(int in, int out, int kernel, int stride) {
  Module module = New(kPyTorch, "conv.Conv2d");
  const double fan_out = double(out) * kernel * kernel;
  module.register_parameter("weight", Normal({out, in, kernel, kernel}, std::sqrt(2 / fan_out)),
                            /*is_buffer=*/false);
  module.define(absl::Substitute(R"(
def forward(self, input: Tensor) -> Tensor:
  return torch.conv2d(input, self.weight, None, [$0, $0], [$1, $1], [1, 1], 1)
)",
                                 stride, kernel / 2));
  return module;
}

Module Builder::BatchNorm(int channels) const {
  Module module = New(kPyTorch, "batchnorm.BatchNorm2d");
  module.register_parameter("weight", at::ones({channels}), /*is_buffer=*/false);
  module.register_parameter("bias", at::zeros({channels}), /*is_buffer=*/false);
  module.register_buffer("running_mean", at::zeros({channels}));
  module.register_buffer("running_var", at::ones({channels}));
  module.define(R"(
def forward(self, input: Tensor) -> Tensor:
  return torch.batch_norm(input, self.weight, self.bias, self.running_mean, self.running_var,
                          self.training, 0.1, 1e-05, True)
)");
  return module;
}

Module Builder::Linear(int in, int out) {
  Module module = New(kPyTorch, "linear.Linear");
  module.register_parameter("weight", Normal({out, in}, std::sqrt(1.0 / in)), /*is_buffer=*/false);
  module.register_parameter("bias", at::zeros({out}), /*is_buffer=*/false);
  module.define(R"(
def forward(self, input: Tensor) -> Tensor:
  return torch.linear(input, self.weight, self.bias)
)");
  return module;
}

Module Builder::Sequential(const std::vector<Module>& children) const {
  Module module = New(kPyTorch, "container.Sequential");
  std::string body = "def forward(self, input: Tensor) -> Tensor:\n";
  for (size_t i = 0; i < children.size(); ++i) {
    module.register_module(absl::StrCat(i), children[i]);
    absl::StrAppend(&body, "  input = getattr(self, \"", i, "\").forward(input)\n");
  }
  module.define(absl::StrCat(body, "  return input\n"));
  return module;
}

Module Builder::BasicBlock(int in, int out, int stride) {
  Module module = New(kDemo, "BasicBlock");
  module.register_module("conv1", Conv(in, out, 3, stride));
  module.register_module("bn1", BatchNorm(out));
  module.register_module("relu", Relu());
  module.register_module("conv2", Conv(out, out, 3, 1));
  module.register_module("bn2", BatchNorm(out));
  const bool same = in == out && stride == 1;
  if (!same) {
    module.register_module("downsample", Sequential({Conv(in, out, 1, stride), BatchNorm(out)}));
  }
  module.define(absl::Substitute(R"(
def forward(self, x: Tensor) -> Tensor:
  out = self.relu.forward(self.bn1.forward(self.conv1.forward(x)))
  out = self.bn2.forward(self.conv2.forward(out))
  return self.relu.forward(out + $0)
)",
                                 same ? "x" : "self.downsample.forward(x)"));
  return module;
}

Module Builder::Network(int classes) {
  Module module = New(kDemo, "ResNet");
  module.register_module("conv1", Conv(3, 16, 5, 1));
  module.register_module("bn1", BatchNorm(16));
  module.register_module("relu", Relu());
  module.register_module("maxpool", Function("pooling.MaxPool2d",
                                             "torch.max_pool2d(input, [2, 2], [2, 2], [0, 0], "
                                             "[1, 1], False)"));
  module.register_module("layer1", Sequential({BasicBlock(16, 16, 1), BasicBlock(16, 16, 1)}));
  module.register_module("layer2", Sequential({BasicBlock(16, 32, 2), BasicBlock(32, 32, 1)}));
  module.register_module("layer3", Sequential({BasicBlock(32, 64, 2), BasicBlock(64, 64, 1)}));
  module.register_module(
      "avgpool", Function("pooling.AdaptiveAvgPool2d", "torch.adaptive_avg_pool2d(input, [1, 1])"));
  module.register_module("fc", Linear(64, classes));
  module.define(R"(
def forward(self, x: Tensor) -> Tensor:
  x = self.maxpool.forward(self.relu.forward(self.bn1.forward(self.conv1.forward(x))))
  x = self.layer3.forward(self.layer2.forward(self.layer1.forward(x)))
  x = torch.flatten(self.avgpool.forward(x), 1)
  return self.fc.forward(x)
)");
  return module;
}

}  // namespace

Module MakeResidualNetwork(int classes, uint64_t seed) { return Builder(seed).Network(classes); }

}  // namespace deepvision::demo
