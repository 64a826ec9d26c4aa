#include "core/loader/interpreter.h"

#include <ATen/core/interned_strings.h>
#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/api/function_impl.h>

#include <algorithm>
#include <cctype>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "core/loader/containers.h"

namespace deepvision {
namespace {

namespace tj = torch::jit;

// Some ten times what the largest networks take; their recording needs about
// 1 GB by then.
constexpr int64_t kMaxSteps = 2'000'000;
constexpr int64_t kStepsBetweenClockReadings = 64;

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

std::vector<c10::IValue> ValuesOf(const auto& slots) {
  std::vector<c10::IValue> values;
  values.reserve(slots.size());
  for (const auto& slot : slots) values.push_back(slot.value);
  return values;
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
  if (method == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("the file has no method \"", name, "\""));
  }
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

absl::Status Interpreter::CheckProgress() {
  ++steps_;
  if (steps_ > kMaxSteps) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the code has taken ", kMaxSteps, " steps without an end; does it loop for ever?"));
  }
  if (steps_ % kStepsBetweenClockReadings != 0 || absl::Now() < latest_end_) {
    return absl::OkStatus();
  }
  return absl::DeadlineExceededError(
      "running the network once took too long; does it loop for ever? Else raise --load_timeout");
}

absl::StatusOr<Interpreter::Slots> Interpreter::RunNode(tj::Node* node, Frame& frame) {
  namespace prim = c10::prim;
  DV_RETURN_IF_ERROR(CheckProgress());
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
  if (kind == c10::aten::warn) return Slots{};  // what the file says to its authors
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

}  // namespace deepvision
