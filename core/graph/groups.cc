#include "core/graph/groups.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"

namespace deepvision {
namespace {

struct Extent {
  int first = -1;
  int last = -1;
  int count = 0;
  bool has_children = false;
};

std::vector<Extent> Extents(const Graph& graph, const std::vector<CallId>& calls) {
  std::vector<Extent> extents(graph.calls.size());
  for (const ModuleCall& call : graph.calls) {
    if (call.parent != kNone) extents[call.parent].has_children = true;
  }
  for (size_t node = 0; node < calls.size(); ++node) {
    for (CallId call = calls[node]; call != kNone; call = graph.calls[call].parent) {
      Extent& extent = extents[call];
      if (extent.count++ == 0) extent.first = static_cast<int>(node);
      extent.last = static_cast<int>(node);
    }
  }
  return extents;
}

// Containers of any modules: their class says nothing about them.
bool IsContainer(const std::string& module_class) {
  return module_class == "Sequential" || module_class == "ModuleList" ||
         module_class == "ModuleDict";
}

// Siblings of the same class directly after one another count together.
void CountRepeats(std::vector<TopologyGroup>& groups) {
  std::map<std::string, std::vector<TopologyGroup*>> run;  // by parent
  const auto close = [](std::vector<TopologyGroup*>& members) {
    for (TopologyGroup* member : members) member->repeat_count = static_cast<int>(members.size());
    members.clear();
  };
  for (TopologyGroup& group : groups) {
    std::vector<TopologyGroup*>& members = run[group.parent];
    const bool same = !members.empty() && !IsContainer(group.module_class) &&
                      members.back()->module_class == group.module_class &&
                      members.back()->last_node + 1 >= group.first_node;
    if (!same) close(members);
    members.push_back(&group);
  }
  for (auto& [parent, members] : run) close(members);
}

}  // namespace

std::vector<TopologyGroup> MakeGroups(const Graph& graph, const std::vector<CallId>& calls) {
  const std::vector<Extent> extents = Extents(graph, calls);
  std::vector<TopologyGroup> groups;
  std::vector<std::string> name_of(graph.calls.size());  // of the nearest group around and with it
  for (size_t i = 0; i < graph.calls.size(); ++i) {
    const ModuleCall& call = graph.calls[i];
    const std::string parent = call.parent == kNone ? "" : name_of[call.parent];
    name_of[i] = parent;
    const bool is_group =
        extents[i].count > 1 || (extents[i].count == 1 && extents[i].has_children);
    if (call.path.empty() || !is_group) continue;
    name_of[i] = CallName(call);
    groups.push_back({name_of[i], call.class_name, absl::StrCat(name_of[i], " · ", call.class_name),
                      parent, extents[i].first, extents[i].last, 1});
  }
  CountRepeats(groups);
  return groups;
}

}  // namespace deepvision
