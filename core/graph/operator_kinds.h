// What an operator is to a person who walks through a network: something that
// makes a layer, something that belongs to the layer before it, or something
// that only moves data.
//
// Threading: plain functions of constant tables.
#ifndef DEEPVISION_CORE_GRAPH_OPERATOR_KINDS_H_
#define DEEPVISION_CORE_GRAPH_OPERATOR_KINDS_H_

#include "absl/strings/string_view.h"

namespace deepvision {

enum class OperatorFamily {
  // Heads: each makes a layer.
  kConvolution,
  kLinear,
  kMatrixProduct,
  kAttention,
  kPooling,
  kReduction,
  kResample,
  kConcat,
  kEmbedding,
  kRecurrent,
  kOtherHead,
  // Trailing: belong to the layer before them where nothing else uses it.
  kNormalization,
  kActivation,
  kDropout,
  // A join of two values, or a scale or shift by a constant.
  kArithmetic,
  // Structural: the same numbers, or some of them, in another shape or type.
  kStructural,
  // Makes a tensor of which only the shape depends on the input.
  kCreation,
  // Not in the table.
  kUnknown,
};

struct OperatorKind {
  OperatorFamily family = OperatorFamily::kUnknown;
  absl::string_view title;  // "Max pool"; empty for kUnknown
};

// `op` is Node::op: no namespace, no "_" of in-place or internal variants.
OperatorKind KindOf(absl::string_view op);

// True for families that make a layer whatever surrounds them.
bool IsHead(OperatorFamily family);

// True for normalisations, activations and dropout.
bool IsTrailing(OperatorFamily family);

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_OPERATOR_KINDS_H_
