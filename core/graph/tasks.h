// What a network is for, guessed from its outputs.
//
// Threading: plain functions.
#ifndef DEEPVISION_CORE_GRAPH_TASKS_H_
#define DEEPVISION_CORE_GRAPH_TASKS_H_

#include "core/api/types.h"
#include "core/graph/graph.h"

namespace deepvision {

// The output that matters most: the only one, the entry "out" of a dictionary,
// else the first.
const NamedValue& PrimaryOutput(const Graph& graph);

// kClassification for [1, classes], kSegmentation for [1, classes, height,
// width] of the input's size, else kFeatures.
Task GuessTask(const Graph& graph);

// kNone when the network ends in softmax or sigmoid itself, or when there are no
// scores; kSigmoid for a single score, else kSoftmax.
ScoreActivation GuessScoreActivation(const Graph& graph);

// The operator that turns scores into the primary output, when that is a
// softmax or sigmoid; else kNone.
NodeId FindFinalActivation(const Graph& graph);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_TASKS_H_
