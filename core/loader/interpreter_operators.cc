// How the interpreter runs operators.
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/frontend/function_schema_parser.h>
#include <torch/csrc/jit/frontend/resolver.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/graph/tensors_in.h"
#include "core/loader/fused_operators.h"
#include "core/loader/interpreter.h"
#include "core/loader/operator_rules.h"

namespace deepvision {
namespace {

namespace tj = torch::jit;

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
    return
        [operation = node->getOperation(), count = node->inputs().size(),
         vararg = schema.is_vararg() && node->getOperator().hasOperation()](Stack& stack) mutable {
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

bool IsNumber(const at::Tensor& tensor) {
  return tensor.unsafeGetTensorImpl()->is_wrapped_number();
}

double NumberOf(const c10::IValue& value) {
  return value.isTensor() ? value.toTensor().item<double>() : value.toScalar().toDouble();
}

// prim::NumToTensor, or an operator on numbers only.
bool AreNumbers(const std::vector<c10::IValue>& arguments) {
  return std::all_of(arguments.begin(), arguments.end(), [](const c10::IValue& value) {
    return value.isScalar() || value.isNone() ||
           (value.isTensor() && value.toTensor().defined() && IsNumber(value.toTensor()));
  });
}

// Traces compute with Python's numbers (sizes, mostly) as tensors; Python has
// float64 where tensors would become float32.
void KeepNumbers(const ObservedOperator& op, std::vector<c10::IValue>& arguments, Stack& stack) {
  if (stack.size() != 1 || !stack[0].isTensor() || stack[0].toTensor().dim() != 0) return;
  if (stack[0].toTensor().scalar_type() == c10::kFloat) {
    for (c10::IValue& value : arguments) {
      if (value.isTensor()) value = value.toTensor().to(c10::kDouble);
    }
    stack = arguments;
    op.run(stack);
    if (op.schema->name() == "aten::pow") {  // x ** -0.5 is no reciprocal square root in Python
      stack[0].toTensor().fill_(std::pow(NumberOf(arguments[0]), NumberOf(arguments[1])));
    }
  }
  stack[0].toTensor().unsafeGetTensorImpl()->set_wrapped_number(true);
}

}  // namespace

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
  if (schema == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("operator ", current_operator_, " is not available in this server"));
  }
  if (IsFusedWithoutDerivative(schema->name(), arguments)) {
    return RunWrittenOut(schema->name(), std::move(arguments));
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
  if (is_trace_ && AreNumbers(arguments)) KeepNumbers(op, arguments, stack);
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

bool Interpreter::IsFusedWithoutDerivative(const std::string& name,
                                           const std::vector<c10::IValue>& arguments) const {
  return (name == "aten::_native_multi_head_attention" && arguments[9].isNone()) ||
         (name == "aten::_transformer_encoder_layer_fwd" && arguments[18].isNone());
}

absl::StatusOr<Interpreter::Slots> Interpreter::RunWrittenOut(const std::string& name,
                                                              std::vector<c10::IValue> arguments) {
  if (!written_out_) {
    written_out_ = std::make_shared<tj::CompilationUnit>();
    written_out_->define(std::nullopt, kFusedOperatorsSource, tj::nativeResolver(), nullptr);
  }
  Slots slots;
  for (c10::IValue& value : arguments) slots.push_back({std::move(value), nullptr});
  tj::Function& function = written_out_->get_function(name.substr(name.rfind(':') + 1));
  DV_ASSIGN_OR_RETURN(Slots results, CallFunction(function, std::move(slots)));
  if (!results.at(0).value.isTuple()) return results;
  Slots elements;
  for (const c10::IValue& element : results[0].value.toTupleRef().elements()) {
    elements.push_back({element, nullptr});
  }
  return elements;
}

}  // namespace deepvision
