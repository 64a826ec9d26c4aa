// How the interpreter reads and sets what belongs to the file.
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/clone.h>
#include <torch/csrc/jit/ir/constants.h>

#include "absl/strings/str_cat.h"
#include "core/loader/containers.h"
#include "core/loader/interpreter.h"

namespace deepvision {
namespace {

namespace tj = torch::jit;

std::string Join(const std::string& path, const std::string& name) {
  return path.empty() ? name : absl::StrCat(path, ".", name);
}

}  // namespace

Interpreter::Slots Interpreter::RunConstant(tj::Node* node) {
  const auto constant = tj::toIValue(node->output());
  if (!constant) return {{c10::IValue(), nullptr}};  // a function, called by name
  if (constant->isTensor()) return {{FileTensor(constant->toTensor(), ""), nullptr}};
  return {{CopyContainer(*constant), nullptr}};
}

Interpreter::Slots Interpreter::RunGetAttribute(tj::Node* node, const Slot& object) {
  const auto& holder = object.value.toObject();
  const std::string& name = node->s(c10::attr::name);
  if (const auto set = attributes_.find({holder.get(), name}); set != attributes_.end()) {
    return {set->second};
  }
  const c10::IValue value = holder->getAttr(name);
  const std::string path = object.path ? Join(*object.path, name) : std::string();
  if (value.isTensor()) return {{FileTensor(value.toTensor(), path), nullptr}};
  if (value.isObject() && value.toObjectRef().type()->is_module() && object.path) {
    return {{value, std::make_shared<const std::string>(path)}};
  }
  if (!value.isList() && !value.isGenericDict()) return {{value, nullptr}};
  // The code may change the container; the file's must stay as it is.
  const Slot copy{FileContainer(value, path), nullptr};
  objects_.push_back(holder);
  attributes_[{holder.get(), name}] = copy;
  return {copy};
}

c10::IValue Interpreter::FileContainer(const c10::IValue& value, const std::string& name) {
  c10::IValue copy = CopyContainer(value);
  if (!copy.isTensorList()) return copy;
  c10::List<at::Tensor> tensors = copy.toTensorList();
  for (size_t i = 0; i < tensors.size(); ++i) {
    tensors.set(i, FileTensor(tensors.get(i), absl::StrCat(name, ".", i)));
  }
  return copy;
}

void Interpreter::RunSetAttribute(tj::Node* node, const Slot& object, const Slot& value) {
  const auto& holder = object.value.toObject();
  objects_.push_back(holder);
  attributes_[{holder.get(), node->s(c10::attr::name)}] = value;
}

at::Tensor Interpreter::FileTensor(const at::Tensor& tensor, const std::string& name) {
  if (!tensor.defined()) return tensor;
  const auto [entry, is_new] = file_tensors_.try_emplace(tensor.unsafeGetTensorImpl());
  if (!is_new) return entry->second;
  originals_.push_back(tensor);
  at::Tensor usable = tensor.requires_grad() ? tensor.detach() : tensor;
  recording_.AddConstant(usable, name, tensor.requires_grad());
  if (tensor.has_storage() && written_.contains(tensor.storage().unsafeGetStorageImpl())) {
    static constexpr auto kMemoryFormat = std::nullopt;
    const at::Tensor copy = at::clone(usable, kMemoryFormat);
    const auto handle = c10::Dispatcher::singleton().findSchemaOrThrow("aten::clone", "");
    recording_.Observe({&handle.schema(), [handle](Stack& stack) { handle.callBoxed(stack); }},
                       {usable, c10::IValue()}, {copy});
    usable = copy;
  }
  // The map may have grown meanwhile.
  return file_tensors_[tensor.unsafeGetTensorImpl()] = usable;
}

c10::IValue Interpreter::AsPythonNumber(const tj::Node* node, size_t input,
                                        const c10::IValue& value) {
  const bool constant = node->inputs()[input]->node()->kind() == c10::prim::Constant;
  if (!constant || !value.isTensor() || value.toTensor().dim() != 0) return value;
  const at::Tensor number = value.toTensor().detach();
  number.unsafeGetTensorImpl()->set_wrapped_number(true);
  recording_.AddConstant(number, "");
  return number;
}

}  // namespace deepvision
