#include "core/graph/tasks.h"

#include <algorithm>

#include "core/graph/operator_kinds.h"

namespace deepvision {
namespace {

bool GivesProbabilities(const Node& node) {
  return node.op == "softmax" || node.op == "sigmoid" || node.op == "safe_softmax";
}

// The value that a structural operator reads.
ValueId FirstValueRead(const Node& node) {
  ValueId first = kNone;
  ForEachArgumentValue(node, [&](ValueId value) { first = first == kNone ? value : first; });
  return first;
}

}  // namespace

const NamedValue& PrimaryOutput(const Graph& graph) {
  const auto out = std::find_if(graph.outputs.begin(), graph.outputs.end(),
                                [](const NamedValue& output) { return output.path == "out"; });
  return out == graph.outputs.end() ? graph.outputs.front() : *out;
}

Task GuessTask(const Graph& graph) {
  if (graph.outputs.empty()) return Task::kFeatures;
  const std::vector<int64_t>& output = graph.values[PrimaryOutput(graph).value].sizes;
  const std::vector<int64_t>& input = graph.values[graph.input].sizes;
  if (output.size() == 2 && output[0] == 1) return Task::kClassification;
  const bool maps = output.size() == 4 && input.size() == 4 && output[2] == input[2];
  return maps && output[3] == input[3] ? Task::kSegmentation : Task::kFeatures;
}

ScoreActivation GuessScoreActivation(const Graph& graph) {
  if (GuessTask(graph) == Task::kFeatures || FindFinalActivation(graph) != kNone) {
    return ScoreActivation::kNone;
  }
  const bool single = graph.values[PrimaryOutput(graph).value].sizes[1] == 1;
  return single ? ScoreActivation::kSigmoid : ScoreActivation::kSoftmax;
}

NodeId FindFinalActivation(const Graph& graph) {
  if (graph.outputs.empty()) return kNone;
  NodeId node = graph.values[PrimaryOutput(graph).value].producer;
  while (node != kNone && KindOf(graph.nodes[node].op).family == OperatorFamily::kStructural) {
    const ValueId read = FirstValueRead(graph.nodes[node]);
    node = read == kNone ? kNone : graph.values[read].producer;
  }
  return node != kNone && GivesProbabilities(graph.nodes[node]) ? node : kNone;
}

}  // namespace deepvision
