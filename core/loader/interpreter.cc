#include "core/loader/interpreter.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/interned_strings.h>
#include <ATen/ops/clone.h>
#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/frontend/function_schema_parser.h>
#include <torch/csrc/jit/frontend/resolver.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <cctype>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/graph/tensors_in.h"
#include "core/loader/containers.h"
#include "core/loader/native_attention.h"
#include "core/loader/operator_rules.h"

namespace deepvision {
namespace {

namespace tj = torch::jit;

// "forward"; "forward1", "forward2", … for repeated calls in traces; "forward__0",
// … for overloads (torch.nn.LSTM).
bool IsForward(const std::string& method) {
  return method.rfind("forward", 0) == 0 &&
         std::all_of(method.begin() + 7, method.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0 || c == '_'; });
}

std::string ClassName(const c10::ClassType& type) {
  return type.name() ? type.name()->name() : "module";
}

std::string Join(const std::string& path, const std::string& name) {
  return path.empty() ? name : absl::StrCat(path, ".", name);
}

std::vector<c10::IValue> ValuesOf(const auto& slots) {
  std::vector<c10::IValue> values;
  values.reserve(slots.size());
  for (const auto& slot : slots) values.push_back(slot.value);
  return values;
}

// A number, text or list of numbers that was computed from a tensor's content.
bool ReadsContent(const std::string& name, const std::vector<c10::IValue>& arguments,
                  const c10::IValue& result) {
  const bool takes_tensor = std::any_of(arguments.begin(), arguments.end(), [](const auto& value) {
    return value.isTensor() && value.toTensor().defined();
  });
  const bool plain = result.isBool() || result.isInt() || result.isDouble() ||
                     result.isComplexDouble() || result.isString() || result.isIntList() ||
                     result.isDoubleList() || result.isBoolList();
  return takes_tensor && plain && !ReadsMetadataOnly(name);
}

// How a node is run again: through the dispatcher where the operator is there,
// else as TorchScript's own operation.
std::function<void(Stack&)> Callable(tj::Node* node, const c10::FunctionSchema& schema) {
  const auto handle = c10::Dispatcher::singleton().findSchema(schema.operator_name());
  if (!handle) {
    return [operation = node->getOperation(), count = node->inputs().size(),
            vararg = schema.is_vararg()](Stack& stack) mutable {
      if (vararg) stack.emplace_back(static_cast<int64_t>(count));
      operation(stack);
    };
  }
  return [handle = *handle](Stack& stack) { handle.callBoxed(stack); };
}

bool HasTag(const c10::FunctionSchema& schema, at::Tag tag) {
  const auto handle = c10::Dispatcher::singleton().findSchema(schema.operator_name());
  return handle && handle->hasTag(tag);
}

absl::Status Unsupported(const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(what, " is not available in this server"));
}

}  // namespace

std::string Interpreter::Where() const {
  if (open_modules_.empty()) return "the network";
  const OpenModule& module = open_modules_.back();
  return absl::StrCat(
      module.path.empty() ? "the network" : absl::StrCat("module \"", module.path, "\""), " (",
      module.class_name, ")",
      current_operator_.empty() ? "" : absl::StrCat(", operator ", current_operator_));
}

absl::StatusOr<Interpreter::Slots> Interpreter::ForwardArguments(
    const tj::Module& module, const at::Tensor& input, const c10::FunctionSchema& schema) {
  const auto& arguments = schema.arguments();
  if (arguments.size() < 2) return absl::InvalidArgumentError("forward takes no input");
  if (!c10::TensorType::get()->isSubtypeOf(*arguments[1].type())) {
    return absl::InvalidArgumentError(absl::StrCat("the first input, \"", arguments[1].name(),
                                                   "\", is not a Tensor but ",
                                                   arguments[1].type()->str()));
  }
  Slots slots{{module._ivalue(), std::make_shared<const std::string>()}, {input, nullptr}};
  for (size_t i = 2; i < arguments.size(); ++i) {
    if (!arguments[i].default_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("forward needs more than one input: \"", arguments[i].name(), "\" (",
                       arguments[i].type()->str(), ") has no default"));
    }
    slots.push_back({CopyContainer(*arguments[i].default_value()), nullptr});
  }
  return slots;
}

absl::StatusOr<c10::IValue> Interpreter::Run(const tj::Module& module, const at::Tensor& input) {
  unit_ = module._ivalue()->compilation_unit();
  const auto method = module.find_method("forward");
  if (!method) return absl::InvalidArgumentError("the module has no method \"forward\"");
  DV_ASSIGN_OR_RETURN(Slots arguments,
                      ForwardArguments(module, input, method->function().getSchema()));
  DV_ASSIGN_OR_RETURN(const Slots results, CallMethod("forward", std::move(arguments)));
  return results.at(0).value;
}

absl::StatusOr<Interpreter::Slots> Interpreter::CallFunction(tj::Function& function,
                                                             Slots arguments) {
  function.ensure_defined();
  if (tj::GraphFunction* graph_function = tj::tryToGraphFunction(function)) {
    return RunGraph(*graph_function->graph(), std::move(arguments));
  }
  return RunBuiltin(function, ValuesOf(arguments));
}

absl::StatusOr<Interpreter::Slots> Interpreter::CallMethod(const std::string& name,
                                                           Slots arguments) {
  const auto type = arguments.at(0).value.toObjectRef().type();
  tj::Function* method = type->findMethod(name);
  if (method == nullptr) return Unsupported(absl::StrCat("method \"", name, "\""));
  if (!type->is_module() || !IsForward(name) || !arguments[0].path) {
    return CallFunction(*method, std::move(arguments));
  }
  const std::string path = *arguments[0].path;
  recording_.BeginCall(path, ClassName(*type));
  open_modules_.push_back({path, ClassName(*type)});
  DV_ASSIGN_OR_RETURN(Slots results, CallFunction(*method, std::move(arguments)));
  open_modules_.pop_back();
  recording_.EndCall(results.at(0).value, is_trace_);
  return results;
}

absl::StatusOr<Interpreter::Slots> Interpreter::RunGraph(tj::Graph& graph, Slots arguments) {
  Frame frame;
  for (size_t i = 0; i < arguments.size(); ++i) {
    frame[graph.inputs()[i]] = std::move(arguments[i]);
  }
  return RunBlock(graph.block(), frame);
}

absl::StatusOr<Interpreter::Slots> Interpreter::RunBlock(tj::Block* block, Frame& frame) {
  for (tj::Node* node : block->nodes()) {
    DV_ASSIGN_OR_RETURN(Slots results, RunNode(node, frame));
    for (size_t i = 0; i < node->outputs().size() && i < results.size(); ++i) {
      frame[node->outputs()[i]] = std::move(results[i]);
    }
  }
  Slots outputs;
  for (const tj::Value* output : block->outputs()) outputs.push_back(frame[output]);
  return outputs;
}

Interpreter::Slots Interpreter::ArgumentsOf(tj::Node* node, Frame& frame) {
  Slots arguments;
  for (const tj::Value* input : node->inputs()) arguments.push_back(frame[input]);
  return arguments;
}

absl::StatusOr<Interpreter::Slots> Interpreter::RunNode(tj::Node* node, Frame& frame) {
  namespace prim = c10::prim;
  const auto kind = node->kind();
  if (kind == prim::Constant) return RunConstant(node);
  if (kind == prim::If) return RunIf(node, frame);
  if (kind == prim::Loop) return RunLoop(node, frame);
  if (kind == prim::fork) return RunFork(node, frame);
  Slots arguments = ArgumentsOf(node, frame);
  if (kind == prim::GetAttr) return RunGetAttribute(node, arguments.at(0));
  if (kind == prim::SetAttr) {
    RunSetAttribute(node, arguments.at(0), arguments.at(1));
    return Slots{};
  }
  if (kind == prim::CallMethod) return CallMethod(node->s(c10::attr::name), std::move(arguments));
  if (kind == prim::CallFunction) {
    const auto type = node->input(0)->type()->expect<c10::FunctionType>();
    arguments.erase(arguments.begin());
    return CallFunction(*type->function(), std::move(arguments));
  }
  if (kind == prim::Enter) return CallMethod("__enter__", std::move(arguments));
  if (kind == prim::Exit) return CallMethod("__exit__", std::move(arguments));
  if (kind == c10::aten::wait) return Slots{{arguments.at(0).value.toFuture()->value(), nullptr}};
  if (kind == prim::unchecked_cast || kind == prim::unchecked_unwrap_optional) {
    return Slots{arguments.at(0)};
  }
  if (IsContainerNode(node)) {
    Slots results;
    for (c10::IValue& value : RunContainerNode(node, ValuesOf(arguments), unit_)) {
      results.push_back({std::move(value), nullptr});
    }
    return results;
  }
  if (kind == prim::requires_grad) {
    const c10::IValue& tensor = arguments.at(0).value;
    return Slots{{tensor.toTensor().requires_grad() || IsTrained(tensor), nullptr}};
  }
  std::vector<c10::IValue> values = ValuesOf(arguments);
  if (is_trace_ && kind != c10::aten::to) {
    for (size_t i = 0; i < values.size(); ++i) values[i] = AsPythonNumber(node, i, values[i]);
  }
  return RunOperator(node, std::move(values));
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

absl::StatusOr<Interpreter::Slots> Interpreter::RunIf(tj::Node* node, Frame& frame) {
  const bool condition = frame[node->input()].value.toBool();
  return RunBlock(node->blocks()[condition ? 0 : 1], frame);
}

absl::StatusOr<Interpreter::Slots> Interpreter::RunLoop(tj::Node* node, Frame& frame) {
  const int64_t most = frame[node->input(0)].value.toInt();
  bool condition = frame[node->input(1)].value.toBool();
  Slots carried = ArgumentsOf(node, frame);
  carried.erase(carried.begin(), carried.begin() + 2);
  tj::Block* body = node->blocks()[0];
  for (int64_t i = 0; i < most && condition; ++i) {
    frame[body->inputs()[0]] = {i, nullptr};
    for (size_t j = 0; j < carried.size(); ++j) frame[body->inputs()[j + 1]] = carried[j];
    DV_ASSIGN_OR_RETURN(carried, RunBlock(body, frame));
    condition = carried.at(0).value.toBool();
    carried.erase(carried.begin());
  }
  return carried;
}

// The forked work runs at once; its future is ready when fork returns.
absl::StatusOr<Interpreter::Slots> Interpreter::RunFork(tj::Node* node, Frame& frame) {
  DV_ASSIGN_OR_RETURN(const Slots results,
                      RunGraph(*node->g(c10::attr::Subgraph), ArgumentsOf(node, frame)));
  c10::IValue result =
      results.size() == 1 ? results[0].value : c10::ivalue::Tuple::create(ValuesOf(results));
  auto future = c10::make_intrusive<c10::ivalue::Future>(result.type());
  future->markCompleted(std::move(result));
  return Slots{{std::move(future), nullptr}};
}

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

absl::Status Interpreter::CheckWrites(const c10::FunctionSchema& schema,
                                      const std::vector<c10::IValue>& arguments) {
  for (size_t i = 0; i < arguments.size() && i < schema.arguments().size(); ++i) {
    if (!WritesTensors(schema.arguments()[i])) continue;
    ForEachTensor(arguments[i], [&](const at::Tensor& tensor) {
      if (!recording_.MayWrite(tensor)) found_storage_ = tensor.storage().unsafeGetStorageImpl();
    });
  }
  if (found_storage_ == nullptr) return absl::OkStatus();
  return absl::AbortedError("the network writes to its own buffers");
}

// The shape of `tensor` depends on numbers in the input: later runs must find
// the same one.
void Interpreter::ObserveShape(const at::Tensor& tensor) {
  static const auto* const schema =
      new c10::FunctionSchema(tj::parseSchema("deepvision::shape(Tensor self) -> int[]"));
  ObservedOperator op{schema, [](Stack& stack) {
                        const c10::List<int64_t> sizes(stack.back().toTensor().sizes());
                        stack.clear();
                        stack.emplace_back(sizes);
                      }};
  op.reads_content = true;
  recording_.Observe(op, {tensor}, {c10::List<int64_t>(tensor.sizes())});
}

bool Interpreter::IsTrained(const c10::IValue& value) const {
  bool trained = false;
  ForEachTensor(value,
                [&](const at::Tensor& tensor) { trained |= recording_.DependsOnTrained(tensor); });
  return trained;
}

absl::StatusOr<Interpreter::Slots> Interpreter::RunOperator(tj::Node* node,
                                                            std::vector<c10::IValue> arguments) {
  const c10::FunctionSchema* schema = node->maybeSchema();
  current_operator_ = node->kind().toQualString();
  if (schema == nullptr) return Unsupported(absl::StrCat("operator ", current_operator_));
  if (schema->name() == "aten::_native_multi_head_attention" && arguments[9].isNone()) {
    return RunNativeAttention(std::move(arguments));
  }
  if (is_trace_) switched_to_evaluation_ |= SwitchToEvaluation(*schema, arguments);
  DV_RETURN_IF_ERROR(CheckWrites(*schema, arguments));
  ObservedOperator op{schema, Callable(node, *schema)};
  const auto operand = OperandThatChoosesKernel(schema->name(), arguments);
  if (operand && IsTrained(arguments[*operand])) {
    op.run = ChooseAsWithGradient(std::move(op.run), *operand);
  }
  op.random = IsRandom(HasTag(*schema, at::Tag::nondeterministic_seeded), *schema, arguments);
  Stack stack = arguments;
  op.run(stack);
  if (!stack.empty()) op.reads_content = ReadsContent(schema->name(), arguments, stack[0]);
  recording_.Observe(op, arguments, stack);
  if (HasTag(*schema, at::Tag::dynamic_output_shape) && !stack.empty() && stack[0].isTensor()) {
    ObserveShape(stack[0].toTensor());
  }
  Slots results;
  for (c10::IValue& value : stack) results.push_back({std::move(value), nullptr});
  current_operator_.clear();
  return results;
}

absl::StatusOr<Interpreter::Slots> Interpreter::RunBuiltin(tj::Function& function,
                                                           std::vector<c10::IValue> arguments) {
  Stack stack = arguments;
  function.run(stack);
  // The unit owns the function.
  const auto run = [unit = unit_, &function](Stack& s) { function.run(s); };
  recording_.Observe({&function.getSchema(), run}, arguments, stack);
  Slots results;
  for (c10::IValue& value : stack) results.push_back({std::move(value), nullptr});
  return results;
}

absl::StatusOr<Interpreter::Slots> Interpreter::RunNativeAttention(
    std::vector<c10::IValue> arguments) {
  if (!attention_) {
    attention_ = std::make_shared<tj::CompilationUnit>();
    attention_->define(std::nullopt, kNativeAttentionSource, tj::nativeResolver(), nullptr);
  }
  Slots slots;
  for (c10::IValue& value : arguments) slots.push_back({std::move(value), nullptr});
  DV_ASSIGN_OR_RETURN(const Slots result,
                      CallFunction(attention_->get_function("attention"), std::move(slots)));
  Slots results;
  for (const c10::IValue& element : result.at(0).value.toTupleRef().elements()) {
    results.push_back({element, nullptr});
  }
  return results;
}

}  // namespace deepvision
