// Prints the topology of a TorchScript file, for the eye:
//
//   print_topology FILE CHANNELS HEIGHT WIDTH [operators] [short]
//
// A line per node: index, stage.lane, kind, id, title, shape, predecessors,
// role; then the groups and the time that it took. "short" leaves out groups and
// positions, so that two files can be compared with diff.
#include <ATen/ops/rand.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/graph/topology.h"
#include "core/loader/model_file.h"

namespace deepvision {
namespace {

absl::string_view KindName(NodeKind kind) {
  constexpr absl::string_view kNames[] = {"input",  "chain",   "pass-through",
                                          "marker", "derived", "identity"};
  return kNames[static_cast<int>(kind)];
}

absl::string_view DataName(DataKind kind) {
  constexpr absl::string_view kNames[] = {"none", "maps", "vector", "tokens", "other"};
  return kNames[static_cast<int>(kind)];
}

absl::string_view RoleName(NodeRole role) {
  constexpr absl::string_view kNames[] = {"", "SCORES", "PROBABILITIES", "OUTPUT"};
  return kNames[static_cast<int>(role)];
}

std::string Describe(const TopologyNode& node) {
  return absl::StrCat(KindName(node.kind), "  ", node.id, "  «", node.title, "»  ",
                      DataName(node.data_kind), "[", absl::StrJoin(node.shape, ","), "]",
                      node.token_grid
                          ? absl::StrCat(" grid ", node.token_grid->rows, "×",
                                         node.token_grid->columns, "+", node.token_grid->prefix)
                          : "",
                      "  <- ", absl::StrJoin(node.predecessors, " "), "  ", RoleName(node.role),
                      node.has_weights ? " w" : "", node.can_visualize ? "" : " !");
}

void Print(const Topology& topology, bool brief) {
  int index = 0;
  for (const TopologyNode& node : topology.nodes) {
    if (!brief) std::cout << index << "  " << node.stage << "." << node.lane << "  ";
    std::cout << Describe(node) << "\n";
    ++index;
  }
  if (brief) return;
  for (const TopologyGroup& group : topology.groups) {
    std::cout << "group " << group.title << "  in '" << group.parent << "'  " << group.first_node
              << "-" << group.last_node << "  ×" << group.repeat_count << "\n";
  }
}

int Run(const std::string& path, const at::Tensor& sample, TopologyView view, bool brief) {
  auto file = ModelFile::Open(path, "");
  auto graph = file.ok() ? (*file)->Specialise(sample) : file.status();
  if (!graph.ok()) {
    std::cerr << graph.status() << "\n";
    return 1;
  }
  TopologyOptions options;
  options.view = view;
  const auto start = std::chrono::steady_clock::now();
  const LaidOutTopology made = MakeTopology(**graph, options);
  const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
  Print(made.topology, brief);
  std::cerr << (*graph)->nodes.size() << " operators, " << made.topology.nodes.size() << " nodes, "
            << made.topology.stage_count << " stages, " << made.topology.lane_count << " lanes, "
            << time.count() << " ms\n";
  return 0;
}

}  // namespace
}  // namespace deepvision

int main(int argc, char** argv) {
  if (argc < 5) {
    std::cerr << "print_topology FILE CHANNELS HEIGHT WIDTH [operators] [short]\n";
    return 2;
  }
  bool operators = false;
  bool brief = false;
  for (int i = 5; i < argc; ++i) {
    operators |= argv[i] == std::string("operators");
    brief |= argv[i] == std::string("short");
  }
  const at::Tensor sample =
      at::rand({1, std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4])});
  return deepvision::Run(
      argv[1], sample,
      operators ? deepvision::TopologyView::kOperators : deepvision::TopologyView::kLayers, brief);
}
