#include "tests/support/operator_recorder.h"

#include <ATen/core/dispatch/Dispatcher.h>

#include <utility>

#include "tests/support/status_matchers.h"

namespace deepvision {

Stack OperatorRecorder::Run(const std::string& name, const std::string& overload,
                            std::vector<c10::IValue> arguments, bool reads_content) {
  const auto handle =
      c10::Dispatcher::singleton().findSchemaOrThrow(name.c_str(), overload.c_str());
  for (size_t i = arguments.size(); i < handle.schema().arguments().size(); ++i) {
    arguments.push_back(handle.schema().arguments()[i].default_value().value_or(c10::IValue()));
  }
  Stack stack = arguments;
  handle.callBoxed(stack);
  ObservedOperator op{&handle.schema(), [handle](Stack& s) { handle.callBoxed(s); }};
  op.reads_content = reads_content;
  recording_.Observe(op, arguments, stack);
  return stack;
}

at::Tensor OperatorRecorder::Call(const std::string& name, const std::string& overload,
                                  std::vector<c10::IValue> arguments) {
  return Run(name, overload, std::move(arguments), false).at(0).toTensor();
}

c10::IValue OperatorRecorder::Read(const std::string& name, const at::Tensor& tensor) {
  return Run(name, "", {tensor}, true).at(0);
}

std::shared_ptr<const Graph> OperatorRecorder::Finish(const c10::IValue& result) {
  absl::StatusOr<Graph> graph = std::move(recording_).Finish(result);
  REQUIRE_OK(graph);
  return std::make_shared<const Graph>(*std::move(graph));
}

std::vector<at::Tensor> RunPlan(const Plan& plan, const at::Tensor& input,
                                const RunOptions& options) {
  std::vector<at::Tensor> targets(plan.delivery_order().size());
  REQUIRE_OK(plan.Run(input, options, [&](int target, const at::Tensor& value) {
    targets[target] = value;
    return absl::OkStatus();
  }));
  return targets;
}

}  // namespace deepvision
