#include "core/graph/roles.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/graph/tasks.h"

namespace deepvision {
namespace {

int FindDraft(const Drafts& drafts, ValueId value) {
  const auto found = std::find_if(drafts.begin(), drafts.end(), [&](const Draft& draft) {
    return draft.value == value && draft.node.kind != NodeKind::kPassThrough;
  });
  return found == drafts.end() ? -1 : static_cast<int>(found - drafts.begin());
}

void MarkClasses(int class_count, NodeRole role, TopologyNode& node) {
  node.role = role;
  const bool has_units =
      node.data_kind == DataKind::kVector || node.data_kind == DataKind::kFeatureMap;
  node.units_are_classes = has_units && (class_count == 0 || node.shape[0] == class_count);
}

}  // namespace

void AssignRoles(const Graph& graph, Task task, int class_count, Drafts& drafts) {
  for (const NamedValue& output : graph.outputs) {
    const int draft = FindDraft(drafts, output.value);
    if (draft >= 0) drafts[draft].node.role = NodeRole::kOutput;
  }
  if (graph.outputs.empty() || task == Task::kFeatures) return;
  const int primary = FindDraft(drafts, PrimaryOutput(graph).value);
  if (primary < 0) return;
  if (FindFinalActivation(graph) == kNone) {
    MarkClasses(class_count, NodeRole::kScores, drafts[primary].node);
    return;
  }
  MarkClasses(class_count, NodeRole::kProbabilities, drafts[primary].node);
  if (drafts[primary].predecessors.size() != 1) return;
  Draft& scores = drafts[drafts[primary].predecessors[0]];
  if (scores.node.shape != drafts[primary].node.shape || scores.value == graph.input) return;
  MarkClasses(class_count, NodeRole::kScores, scores.node);
}

void AddDerivedProbabilities(const Graph& graph, Task task, ScoreActivation activation,
                             Drafts& drafts) {
  const bool derives =
      activation == ScoreActivation::kSoftmax || activation == ScoreActivation::kSigmoid;
  if (task != Task::kClassification || !derives || FindFinalActivation(graph) != kNone) return;
  const auto scores = std::find_if(drafts.begin(), drafts.end(), [](const Draft& draft) {
    return draft.node.role == NodeRole::kScores;
  });
  if (scores == drafts.end()) return;
  Draft draft;
  draft.predecessors = {static_cast<int>(scores - drafts.begin())};
  draft.order = std::numeric_limits<int64_t>::max();
  draft.node = TopologyNode{};
  draft.node.id =
      FindValue(graph, "probabilities") == kNone ? "probabilities" : "probabilities/derived";
  draft.node.title = "Probabilities";
  draft.node.head = activation == ScoreActivation::kSoftmax ? "softmax" : "sigmoid";
  draft.node.kind = NodeKind::kDerived;
  draft.node.data_kind = scores->node.data_kind;
  draft.node.shape = scores->node.shape;
  draft.node.dtype = "float32";
  draft.node.units_are_classes = scores->node.units_are_classes;
  draft.node.role = NodeRole::kProbabilities;
  draft.node.cannot_visualize_reason = "it is computed from the scores; visualize those";
  drafts.push_back(std::move(draft));
}

}  // namespace deepvision
