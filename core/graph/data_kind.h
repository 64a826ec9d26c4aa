// What the numbers of each value mean: maps, a vector, tokens.
//
// A shape alone does not tell [channels, height, width] from [height, width,
// channels], so the axis of the channels is followed from operator to operator:
// convolutions put it first, linear layers and layer norm put it last, a
// permutation moves it.
//   FEATURE_MAP  [C, H, W]: rank 3, channels first (or not known otherwise)
//   TOKENS       [T, C]: rank 2; with a grid when T is the area of the latest
//                map before it plus 0 to 8 tokens in front
//   VECTOR       [C]: rank 1
//   OTHER        the rest: [H, W, C], which carries its grid; attention weights;
//                volumes; values whose first dimension is not the batch
//
// Threading: immutable after construction.
// Ownership: refers to the graph, which must outlive it.
#ifndef DEEPVISION_CORE_GRAPH_DATA_KIND_H_
#define DEEPVISION_CORE_GRAPH_DATA_KIND_H_

#include <optional>
#include <vector>

#include "core/api/types.h"
#include "core/graph/dataflow.h"
#include "core/graph/graph.h"

namespace deepvision {

struct DataDescription {
  DataKind kind = DataKind::kOther;
  Shape shape;  // without the batch dimension, where it has one of size 1
  std::optional<TokenGrid> grid;
};

class DataKinds {
 public:
  explicit DataKinds(const Dataflow& flow);

  DataDescription Describe(ValueId value) const;

 private:
  struct Traits {
    int channel_axis = kUnknownAxis;  // counted with the batch dimension
    int64_t rows = 0;                 // of the latest map on the way here
    int64_t columns = 0;
  };
  static constexpr int kUnknownAxis = -1;
  static constexpr int kMixedAxis = -2;  // of a product of two values: none is channels

  void Derive(NodeId node);
  int ChannelAxis(const Node& node, const OperatorFlow& op, ValueId result) const;
  int MovedAxis(const Node& node, ValueId source, ValueId result) const;
  int InheritedAxis(const OperatorFlow& op, ValueId result) const;

  const Dataflow& flow_;
  const Graph& graph_;
  std::vector<Traits> traits_;  // by value
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_GRAPH_DATA_KIND_H_
