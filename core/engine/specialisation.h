// A network's graph for one input shape, with what is derived from it.
//
// Threading: immutable after construction; share it as shared_ptr<const …>.
#ifndef DEEPVISION_CORE_ENGINE_SPECIALISATION_H_
#define DEEPVISION_CORE_ENGINE_SPECIALISATION_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "core/graph/data_kind.h"
#include "core/graph/dataflow.h"
#include "core/graph/graph.h"
#include "core/graph/plan.h"
#include "core/graph/topology.h"

namespace deepvision {

// A value that can be asked for.
struct Addressed {
  ValueId value = kNone;
  // The id names the probabilities that are computed from `value`.
  bool probabilities = false;
};

class Specialisation {
 public:
  // `options.view` and `options.omit_markers` do not matter.
  Specialisation(std::shared_ptr<const Graph> graph, TopologyOptions options);

  const std::shared_ptr<const Graph>& graph() const { return graph_; }
  const std::shared_ptr<const Topology>& layers() const { return layers_; }
  std::shared_ptr<const Topology> MakeView(TopologyView view, bool omit_markers) const;

  // What a node of layers() shows; value kNone when it has no data.
  Addressed ValueOfNode(int node) const;
  // Any id of the graph or of a node.
  std::optional<Addressed> Find(absl::string_view id) const;
  // Position in layers(), when the id is a node's.
  std::optional<int> NodeIndex(absl::string_view id) const;
  DataDescription Describe(const Addressed& addressed) const {
    return kinds_.Describe(addressed.value);
  }

  // Ids of all nodes of layers() that have data, in execution order.
  std::vector<std::string> LayerIds() const;
  // Their values, each once.
  const std::vector<ValueId>& shown_values() const { return shown_values_; }
  // Every id that Find knows, sorted.
  std::vector<std::string> AllIds() const;

  // The class scores of a classifier, else kNone.
  ValueId scores() const { return scores_; }

  // The guards, run to see whether an input takes this graph's way.
  const Plan& guards() const { return guards_; }

 private:
  const std::shared_ptr<const Graph> graph_;
  const TopologyOptions options_;
  const Dataflow flow_;
  const DataKinds kinds_;
  std::shared_ptr<const Topology> layers_;
  std::vector<Addressed> node_values_;  // by node of layers_
  std::vector<ValueId> shown_values_;
  absl::flat_hash_map<std::string, Addressed> extra_ids_;
  absl::flat_hash_map<std::string, int> node_index_;
  ValueId scores_ = kNone;
  Plan guards_;
};

}  // namespace deepvision

#endif  // DEEPVISION_CORE_ENGINE_SPECIALISATION_H_
