// What the interpreter must know about single operators. Pure functions.
#ifndef DEEPVISION_CORE_LOADER_OPERATOR_RULES_H_
#define DEEPVISION_CORE_LOADER_OPERATOR_RULES_H_

#include <ATen/core/function_schema.h>
#include <ATen/core/ivalue.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace deepvision {

// The operator looks at shapes, types or identities but not at numbers, so that
// its result is the same for every input of one shape.
bool ReadsMetadataOnly(const std::string& name);

// Evaluation mode for an operator that was traced in training mode: sets
// `training` and `train` to false. Left alone: batch_norm without running
// statistics (weight standardisation means it). True when something changed.
bool SwitchToEvaluation(const c10::FunctionSchema& schema, std::vector<c10::IValue>& arguments);

// Whether the operator draws random numbers with these arguments.
bool IsRandom(bool has_seeded_tag, const c10::FunctionSchema& schema,
              const std::vector<c10::IValue>& arguments);

// matmul and linear choose between a batched and a folded matrix product by
// whether the operand of two dimensions, usually a weight, requires a gradient,
// recurrent networks by whether their weights do, and the kernels round
// differently. Networks are compared with eager PyTorch, whose weights require
// gradients and ours do not.
//
// The position of that operand (a tensor or a list of them) among `arguments`;
// nothing when the operator does not choose.
std::optional<int> OperandThatChoosesKernel(const std::string& name,
                                            const std::vector<c10::IValue>& arguments);
// `run` as if that operand required a gradient.
std::function<void(Stack&)> ChooseAsWithGradient(std::function<void(Stack&)> run, int operand);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_LOADER_OPERATOR_RULES_H_
