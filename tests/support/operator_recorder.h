// Runs operators by name and reports them to a Recording: a front end in ten
// lines, so that tests of core/graph need no model file.
//
//   at::Tensor x = at::ones({1, 2});
//   OperatorRecorder net(x);
//   at::Tensor y = net.Call("aten::relu", "", {x});
//   std::shared_ptr<const Graph> graph = net.Finish(y);
#ifndef DEEPVISION_TESTS_SUPPORT_OPERATOR_RECORDER_H_
#define DEEPVISION_TESTS_SUPPORT_OPERATOR_RECORDER_H_

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "core/graph/graph.h"
#include "core/graph/plan.h"
#include "core/graph/recording.h"

namespace deepvision {

class OperatorRecorder {
 public:
  explicit OperatorRecorder(const at::Tensor& input) : recording_(input) {}

  Recording& recording() { return recording_; }

  // Runs the operator and returns its first result, a tensor.
  at::Tensor Call(const std::string& name, const std::string& overload,
                  std::vector<c10::IValue> arguments);

  // Runs an operator that reads a number out of a tensor.
  c10::IValue Read(const std::string& name, const at::Tensor& tensor);

  std::shared_ptr<const Graph> Finish(const c10::IValue& result);

 private:
  Stack Run(const std::string& name, const std::string& overload,
            std::vector<c10::IValue> arguments, bool reads_content);
  Recording recording_;
};

// The targets of a plan, each copied when it was delivered.
std::vector<at::Tensor> RunPlan(const Plan& plan, const at::Tensor& input,
                                const RunOptions& options = {});

}  // namespace deepvision

#endif  // DEEPVISION_TESTS_SUPPORT_OPERATOR_RECORDER_H_
