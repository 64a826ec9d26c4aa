// Which nodes of a topology are scores, probabilities and other outputs.
//
// Threading: plain functions.
#ifndef DEEPVISION_CORE_GRAPH_ROLES_H_
#define DEEPVISION_CORE_GRAPH_ROLES_H_

#include "core/api/types.h"
#include "core/graph/graph.h"
#include "core/graph/topology_draft.h"

namespace deepvision {

// Sets roles and `units_are_classes`. In a network for classification or
// segmentation the primary output is SCORES, or PROBABILITIES when the network
// ends in softmax or sigmoid: then what that reads is SCORES. `class_count` 0
// means that it is not known.
void AssignRoles(const Graph& graph, Task task, int class_count, Drafts& drafts);

// Adds the node "probabilities" behind the scores of a classifier that has no
// probabilities of its own.
void AddDerivedProbabilities(const Graph& graph, Task task, ScoreActivation activation,
                             Drafts& drafts);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_ROLES_H_
