// TorchScript modules written as source text, so that tests need no Python and
// no files:
//
//   ScriptedModel conv("Conv2d");
//   conv.Parameter("weight", at::randn({4, 3, 3, 3}));
//   conv.Define("def forward(self, x: Tensor) -> Tensor:\n"
//               "  return torch.conv2d(x, self.weight)\n");
//   ScriptedModel net("Net");
//   net.Child("conv", conv);
//   net.Define("def forward(self, x: Tensor) -> Tensor:\n"
//              "  return torch.relu(self.conv.forward(x))\n");
//   net.Save(path);
//
// Each module has the attribute `training`, which Forward and Save set to false.
//
// Threading: none. Exceptions of torch fail the test.
#ifndef DEEPVISION_TESTS_SUPPORT_SCRIPTED_MODEL_H_
#define DEEPVISION_TESTS_SUPPORT_SCRIPTED_MODEL_H_

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include <memory>
#include <string>

namespace deepvision {

class ScriptedModel {
 public:
  explicit ScriptedModel(const std::string& class_name);

  ScriptedModel& Parameter(const std::string& name, const at::Tensor& value);
  ScriptedModel& Buffer(const std::string& name, const at::Tensor& value);
  ScriptedModel& Attribute(const std::string& name, const c10::IValue& value);
  ScriptedModel& Child(const std::string& name, const ScriptedModel& child);
  ScriptedModel& Define(const std::string& source);

  // What the module itself computes, in evaluation mode with gradients on.
  c10::IValue Forward(const at::Tensor& input) const { return Call("forward", input); }
  c10::IValue Call(const std::string& method, const at::Tensor& input) const;

  void Save(const std::string& path) const;

 private:
  struct Module;  // hides torch::jit
  std::shared_ptr<Module> module_;
};

// A residual network of two blocks on [1, 3, 16, 16] with 10 scores: modules
// stem, layer1, layer2 (each conv1, bn1, relu, conv2, bn2; layer2 with
// downsample) and fc. The same weights every time.
void SaveSmallResidualNetwork(const std::string& path);

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_SCRIPTED_MODEL_H_
