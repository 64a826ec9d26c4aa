#include "core/graph/blocks.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace deepvision {
namespace {

bool Contains(const std::vector<int>& set, int element) {
  return std::find(set.begin(), set.end(), element) != set.end();
}

bool IsAddition(const Draft& draft) {
  return draft.operands.size() == 2 && (draft.node.head == "add" || draft.node.head == "add_relu");
}

// Layers stand in topological order, so nothing before `ancestor` leads to it.
bool IsAncestor(const Drafts& drafts, int ancestor, int node) {
  std::vector<int> open = {node};
  absl::flat_hash_set<int> seen;
  while (!open.empty()) {
    const int current = open.back();
    open.pop_back();
    for (int predecessor : drafts[current].predecessors) {
      if (predecessor == ancestor) return true;
      if (predecessor > ancestor && seen.insert(predecessor).second) open.push_back(predecessor);
    }
  }
  return false;
}

// The operand of `join` that is an identity branch, or -1.
int IdentityOperand(const Drafts& drafts, const Draft& join) {
  for (int operand = 0; operand < 2; ++operand) {
    if (join.operands[operand].size() != 1) continue;
    const int from = join.operands[operand][0];
    const std::vector<int>& main = join.operands[1 - operand];
    if (std::any_of(main.begin(), main.end(),
                    [&](int node) { return IsAncestor(drafts, from, node); })) {
      return operand;
    }
  }
  return -1;
}

Draft PassThrough(const Dataflow& flow, const Draft& join, int operand) {
  Draft draft;
  draft.value = flow.at(join.head).sources[operand];
  draft.call = join.call;
  draft.predecessors = join.operands[operand];
  draft.order = join.order - 1;
  draft.node.id = absl::StrCat(flow.graph().nodes[join.head].id, "/identity");
  draft.node.title = "Skip";
  draft.node.kind = NodeKind::kPassThrough;
  draft.node.module_class = join.node.module_class;
  draft.node.module_path = join.node.module_path;
  return draft;
}

// Modules by the drafts in them.
class Blocks {
 public:
  Blocks(const Graph& graph, const Drafts& drafts)
      : graph_(graph), members_(graph.calls.size()), joins_(graph.calls.size(), false) {
    for (size_t i = 0; i < drafts.size(); ++i) Register(drafts[i], static_cast<int>(i));
  }

  // Outermost first; none lies within another.
  std::vector<CallId> Find() const {
    std::vector<bool> is_block = SmallestJoining();
    absl::flat_hash_set<std::string> classes;
    for (size_t i = 0; i < is_block.size(); ++i) {
      if (is_block[i]) classes.insert(graph_.calls[i].class_name);
    }
    AddOfSameClass(classes, is_block);
    std::vector<CallId> blocks;
    for (size_t i = 0; i < is_block.size(); ++i) {
      if (is_block[i]) blocks.push_back(static_cast<CallId>(i));
    }
    return blocks;
  }

  const std::vector<int>& Members(CallId call) const { return members_[call]; }

 private:
  void Register(const Draft& draft, int index) {
    for (CallId call = draft.call; call != kNone; call = graph_.calls[call].parent) {
      members_[call].push_back(index);
    }
    if (draft.call == kNone || draft.node.kind != NodeKind::kChain) return;
    if (IsAddition(draft) || draft.node.head == "cat") joins_[draft.call] = true;
  }

  bool MayBeBlock(size_t call) const {
    return !graph_.calls[call].path.empty() && members_[call].size() > 1;
  }

  std::vector<bool> SmallestJoining() const {
    std::vector<bool> holds_block(graph_.calls.size(), false);
    std::vector<bool> is_block(graph_.calls.size(), false);
    for (size_t i = graph_.calls.size(); i-- > 0;) {
      is_block[i] = joins_[i] && MayBeBlock(i) && !holds_block[i];
      if (is_block[i]) MarkParents(static_cast<CallId>(i), holds_block);
    }
    return is_block;
  }

  void AddOfSameClass(const absl::flat_hash_set<std::string>& classes,
                      std::vector<bool>& is_block) const {
    std::vector<bool> holds_block(graph_.calls.size(), false);
    for (size_t i = 0; i < is_block.size(); ++i) {
      if (is_block[i]) MarkParents(static_cast<CallId>(i), holds_block);
    }
    for (size_t i = is_block.size(); i-- > 0;) {
      const bool same = classes.contains(graph_.calls[i].class_name);
      if (is_block[i] || !same || !MayBeBlock(i) || holds_block[i] || LiesInBlock(i, is_block)) {
        continue;
      }
      is_block[i] = true;
      MarkParents(static_cast<CallId>(i), holds_block);
    }
  }

  void MarkParents(CallId call, std::vector<bool>& marks) const {
    for (call = graph_.calls[call].parent; call != kNone; call = graph_.calls[call].parent) {
      marks[call] = true;
    }
  }

  bool LiesInBlock(size_t call, const std::vector<bool>& is_block) const {
    for (CallId up = graph_.calls[call].parent; up != kNone; up = graph_.calls[up].parent) {
      if (is_block[up]) return true;
    }
    return false;
  }

  const Graph& graph_;
  std::vector<std::vector<int>> members_;  // by call, with those of inner calls
  std::vector<bool> joins_;                // by call: in its own forward function
};

Draft Marker(const ModuleCall& call, CallId id) {
  Draft draft;
  draft.call = id;
  draft.node.id = absl::StrCat(CallName(call), "/block");
  draft.node.title = std::string(absl::StripPrefix(call.class_name, "_"));
  draft.node.kind = NodeKind::kMarker;
  draft.node.module_class = call.class_name;
  draft.node.module_path = call.path;
  draft.node.cannot_visualize_reason = "it is a title and has no data";
  return draft;
}

// Puts the marker between the block and what flows into it.
void InsertMarker(Draft marker, const std::vector<int>& members, Drafts& drafts) {
  const int index = static_cast<int>(drafts.size());
  marker.order = drafts[members.front()].order;
  for (int member : members) {
    marker.order = std::min(marker.order, drafts[member].order - 2);
    bool reads_from_outside = false;
    std::vector<int> inside;
    for (int predecessor : drafts[member].predecessors) {
      if (Contains(members, predecessor)) {
        inside.push_back(predecessor);
        continue;
      }
      reads_from_outside = true;
      if (!Contains(marker.predecessors, predecessor)) marker.predecessors.push_back(predecessor);
    }
    if (reads_from_outside) inside.push_back(index);
    drafts[member].predecessors = std::move(inside);
  }
  drafts.push_back(std::move(marker));
}

}  // namespace

void AddPassThroughs(const Dataflow& flow, Drafts& drafts) {
  const size_t count = drafts.size();
  for (size_t i = 0; i < count; ++i) {
    if (!IsAddition(drafts[i])) continue;
    const int operand = IdentityOperand(drafts, drafts[i]);
    if (operand < 0) continue;
    Draft identity = PassThrough(flow, drafts[i], operand);
    std::vector<int> predecessors = drafts[i].operands[1 - operand];
    predecessors.push_back(static_cast<int>(drafts.size()));
    drafts[i].predecessors = std::move(predecessors);
    drafts.push_back(std::move(identity));
  }
}

void AddMarkers(const Dataflow& flow, Drafts& drafts) {
  const Graph& graph = flow.graph();
  const Blocks blocks(graph, drafts);
  for (CallId call : blocks.Find()) {
    InsertMarker(Marker(graph.calls[call], call), blocks.Members(call), drafts);
  }
}

void AddIdentities(const Graph& graph, Drafts& drafts) {
  std::vector<bool> has_children(graph.calls.size(), false);
  for (const ModuleCall& call : graph.calls) {
    if (call.parent != kNone) has_children[call.parent] = true;
  }
  for (size_t i = 0; i < graph.calls.size(); ++i) {
    const ModuleCall& call = graph.calls[i];
    const bool empty = call.first_node == call.end_node && !has_children[i];
    if (!call.value_not_stored || call.path.empty() || !empty) continue;
    Draft& draft = drafts.emplace_back();
    draft.call = static_cast<CallId>(i);
    draft.order = 4 * static_cast<int64_t>(call.first_node) - 3;
    draft.node.id = CallName(call);
    draft.node.title = call.class_name;
    draft.node.kind = NodeKind::kIdentity;
    draft.node.module_class = call.class_name;
    draft.node.module_path = call.path;
    draft.node.cannot_visualize_reason = "its value is not stored in the model file";
  }
}

}  // namespace deepvision
