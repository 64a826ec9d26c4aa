// TorchScript's instructions on lists, tuples, dictionaries and objects, which
// are no operators.
//
// Threading: plain functions.
#ifndef DEEPVISION_CORE_LOADER_CONTAINERS_H_
#define DEEPVISION_CORE_LOADER_CONTAINERS_H_

#include <ATen/core/ivalue.h>
#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/ir/ir.h>

#include <memory>
#include <vector>

namespace deepvision {

// A list or dictionary of its own with the same elements; other values as they
// are. Tensors are shared.
c10::IValue CopyContainer(const c10::IValue& value);

bool IsContainerNode(const torch::jit::Node* node);

// Runs a node for which IsContainerNode holds. `unit` owns the classes of
// objects that are created.
std::vector<c10::IValue> RunContainerNode(torch::jit::Node* node,
                                          std::vector<c10::IValue> arguments,
                                          const std::shared_ptr<torch::jit::CompilationUnit>& unit);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_LOADER_CONTAINERS_H_
