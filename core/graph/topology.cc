#include "core/graph/topology.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

#include "core/graph/blocks.h"
#include "core/graph/data_kind.h"
#include "core/graph/dataflow.h"
#include "core/graph/groups.h"
#include "core/graph/layers.h"
#include "core/graph/layout.h"
#include "core/graph/node_facts.h"
#include "core/graph/roles.h"
#include "core/graph/tasks.h"
#include "core/graph/topology_draft.h"

namespace deepvision {
namespace {

// Drafts in their final order: by Draft::order as far as edges allow.
std::vector<int> SortDrafts(const Drafts& drafts) {
  std::vector<std::vector<int>> successors(drafts.size());
  std::vector<size_t> missing(drafts.size());
  using Entry = std::pair<int64_t, int>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> ready;
  for (size_t i = 0; i < drafts.size(); ++i) {
    const int draft = static_cast<int>(i);
    missing[i] = drafts[i].predecessors.size();
    for (int predecessor : drafts[i].predecessors) successors[predecessor].push_back(draft);
    if (missing[i] == 0) ready.emplace(drafts[i].order, draft);
  }
  std::vector<int> sorted;
  while (!ready.empty()) {
    const int draft = ready.top().second;
    ready.pop();
    sorted.push_back(draft);
    for (int successor : successors[draft]) {
      if (--missing[successor] == 0) ready.emplace(drafts[successor].order, successor);
    }
  }
  return sorted;
}

std::vector<TopologyNode> PutInOrder(Drafts& drafts, const std::vector<int>& sorted) {
  std::vector<int> index(drafts.size());
  for (size_t i = 0; i < sorted.size(); ++i) index[sorted[i]] = static_cast<int>(i);
  std::vector<TopologyNode> nodes;
  nodes.reserve(sorted.size());
  for (int draft : sorted) {
    nodes.push_back(std::move(drafts[draft].node));
    for (int predecessor : drafts[draft].predecessors) {
      nodes.back().predecessors.push_back(index[predecessor]);
    }
    std::sort(nodes.back().predecessors.begin(), nodes.back().predecessors.end());
  }
  return nodes;
}

// A module without a value stands beside the node before it, or beside the
// first one after the input.
void SetPositions(Topology& topology) {
  std::vector<LayoutNode> nodes(topology.nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    nodes[i].predecessors = topology.nodes[i].predecessors;
    if (topology.nodes[i].kind != NodeKind::kIdentity) continue;
    const auto has_edges = [&](size_t node) { return !topology.nodes[node].predecessors.empty(); };
    size_t neighbour = i;
    while (neighbour > 0 && !has_edges(neighbour)) --neighbour;
    if (neighbour == 0) {
      while (neighbour + 1 < nodes.size() && !has_edges(neighbour)) ++neighbour;
    }
    nodes[i].beside = static_cast<int>(neighbour);
  }
  const Layout layout = LayOut(nodes);
  for (size_t i = 0; i < nodes.size(); ++i) {
    topology.nodes[i].stage = layout.positions[i].stage;
    topology.nodes[i].lane = layout.positions[i].lane;
  }
  topology.stage_count = layout.stage_count;
  topology.lane_count = layout.lane_count;
}

LaidOutTopology Finish(const Graph& graph, TopologyView view, Drafts drafts) {
  const std::vector<int> sorted = SortDrafts(drafts);
  LaidOutTopology result;
  result.topology.view = view;
  std::vector<CallId> calls;
  for (int draft : sorted) {
    result.values.push_back(drafts[draft].value);
    calls.push_back(drafts[draft].call);
    if (drafts[draft].node.kind == NodeKind::kPassThrough) {
      result.extra_ids.emplace(drafts[draft].node.id, drafts[draft].value);
    }
  }
  result.topology.nodes = PutInOrder(drafts, sorted);
  result.topology.groups = MakeGroups(graph, calls);
  SetPositions(result.topology);
  return result;
}

Task ResolveTask(const Graph& graph, Task task) {
  return task == Task::kGuess ? GuessTask(graph) : task;
}

ScoreActivation ResolveActivation(const Graph& graph, ScoreActivation activation) {
  return activation == ScoreActivation::kGuess ? GuessScoreActivation(graph) : activation;
}

}  // namespace

LaidOutTopology MakeTopology(const Graph& graph, const TopologyOptions& options) {
  const Dataflow flow(graph);
  const DataKinds kinds(flow);
  const NodeFacts facts(flow, kinds);
  const bool layers_view = options.view == TopologyView::kLayers;
  Drafts drafts;
  for (const Layer& layer : layers_view ? FindLayers(flow, kinds) : EveryOperator(flow)) {
    drafts.push_back(facts.MakeDraft(layer, options.view));
  }
  if (layers_view) AddPassThroughs(flow, drafts);
  for (Draft& draft : drafts) facts.DescribeValue(draft);
  const Task task = ResolveTask(graph, options.task);
  AssignRoles(graph, task, options.class_count, drafts);
  AddDerivedProbabilities(graph, task, ResolveActivation(graph, options.score_activation), drafts);
  if (layers_view && !options.omit_markers) AddMarkers(flow, drafts);
  AddIdentities(graph, drafts);
  return Finish(graph, options.view, std::move(drafts));
}

}  // namespace deepvision
