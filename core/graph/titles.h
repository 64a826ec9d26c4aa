// What people read about an operator: "Conv 3×3, 64 → 128, stride 2" and its
// settings. Scripted and traced files give the same words.
//
// Threading: plain functions.
#ifndef DEEPVISION_CORE_GRAPH_TITLES_H_
#define DEEPVISION_CORE_GRAPH_TITLES_H_

#include <map>
#include <string>

#include "core/graph/dataflow.h"
#include "core/graph/graph.h"

namespace deepvision {

// The title of one operator.
std::string OperatorTitle(const Dataflow& flow, NodeId node);

// Settings by the names that PyTorch's modules use: kernel_size "3×3", stride
// "2×2", padding, dilation, groups, eps, negative_slope, output_size, …
std::map<std::string, std::string> OperatorAttributes(const Dataflow& flow, NodeId node);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_TITLES_H_
