#include <algorithm>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "core/graph/layout.h"
#include "tests/support/catch.h"

namespace deepvision {
namespace {

// A connected random graph: node 0 is the input, later nodes read one to three
// earlier ones, mostly near ones.
std::vector<LayoutNode> RandomGraph(std::mt19937& random, int size) {
  std::vector<LayoutNode> nodes(size);
  for (int i = 1; i < size; ++i) {
    std::set<int> predecessors;
    const int count = 1 + static_cast<int>(random() % 3);
    for (int k = 0; k < count; ++k) {
      const int reach = random() % 4 == 0 ? i : std::min(i, 4);
      predecessors.insert(i - 1 - static_cast<int>(random() % reach));
    }
    nodes[i].predecessors.assign(predecessors.begin(), predecessors.end());
  }
  return nodes;
}

std::vector<int> LongestPaths(const std::vector<LayoutNode>& nodes) {
  std::vector<int> length(nodes.size(), 0);
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (int p : nodes[i].predecessors) length[i] = std::max(length[i], length[p] + 1);
  }
  return length;
}

TEST_CASE("layouts of random graphs keep every promise", "[graph][layout]") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const std::vector<LayoutNode> nodes = RandomGraph(random, 2 + static_cast<int>(random() % 60));
    const Layout layout = LayOut(nodes);
    const std::vector<int> length = LongestPaths(nodes);
    INFO("round " << round);

    std::set<std::pair<int, int>> taken;
    std::set<int> stages;
    std::set<int> lanes;
    std::set<int> main_stages;
    for (size_t i = 0; i < nodes.size(); ++i) {
      const Position position = layout.positions[i];
      CHECK(taken.insert({position.stage, position.lane}).second);
      stages.insert(position.stage);
      lanes.insert(position.lane);
      if (position.lane == 0) main_stages.insert(position.stage);
      CHECK(position.stage >= length[i]);
      for (int p : nodes[i].predecessors) CHECK(layout.positions[p].stage < position.stage);
    }
    CHECK(layout.positions[0].stage == 0);
    CHECK(layout.stage_count == *std::max_element(length.begin(), length.end()) + 1);
    CHECK(stages.size() == static_cast<size_t>(layout.stage_count));
    CHECK(lanes.size() == static_cast<size_t>(layout.lane_count));
    CHECK(*lanes.rbegin() == layout.lane_count - 1);
    CHECK(main_stages.size() == static_cast<size_t>(layout.stage_count));
  }
}

TEST_CASE("lane 0 is a path: each node reads the one before it", "[graph][layout]") {
  std::mt19937 random(8);
  for (int round = 0; round < 100; ++round) {
    const std::vector<LayoutNode> nodes = RandomGraph(random, 40);
    const Layout layout = LayOut(nodes);
    std::vector<int> chain(layout.stage_count, -1);
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (layout.positions[i].lane == 0) chain[layout.positions[i].stage] = static_cast<int>(i);
    }
    for (size_t stage = 1; stage < chain.size(); ++stage) {
      const std::vector<int>& predecessors = nodes[chain[stage]].predecessors;
      CHECK(std::count(predecessors.begin(), predecessors.end(), chain[stage - 1]) == 1);
    }
  }
}

TEST_CASE("a short branch stands as late as it can", "[graph][layout]") {
  // 0 -> 1 -> 2 -> 3 -> 5, 0 -> 4 -> 5
  const Layout layout = LayOut({{{}}, {{0}}, {{1}}, {{2}}, {{0}}, {{3, 4}}});
  CHECK(layout.positions[4].stage == 3);
  CHECK(layout.positions[4].lane == 1);
  CHECK(layout.lane_count == 2);
}

TEST_CASE("a branch that ends stands where it begins", "[graph][layout]") {
  // 0 -> 1 -> 2 -> 3, 1 -> 4
  const Layout layout = LayOut({{{}}, {{0}}, {{1}}, {{2}}, {{1}}});
  CHECK(layout.positions[4].stage == 2);
  CHECK(layout.positions[4].lane == 1);
}

TEST_CASE("branches share a lane when they do not overlap", "[graph][layout]") {
  // Two residual blocks, one after the other.
  const Layout layout =
      LayOut({{{}}, {{0}}, {{1}}, {{0}}, {{2, 3}}, {{4}}, {{5}}, {{4}}, {{6, 7}}});
  CHECK(layout.lane_count == 2);
  CHECK(layout.positions[3].lane == 1);
  CHECK(layout.positions[7].lane == 1);
}

TEST_CASE("a node without edges stands beside its neighbour", "[graph][layout]") {
  const Layout layout = LayOut({{{}}, {{0}}, {{}, 1}, {{1}}});
  CHECK(layout.positions[2].stage == 1);
  CHECK(layout.positions[2].lane == 1);
  CHECK(layout.positions[3].lane == 0);
}

TEST_CASE("the input alone is a layout", "[graph][layout]") {
  const Layout layout = LayOut({{{}}});
  CHECK(layout.stage_count == 1);
  CHECK(layout.lane_count == 1);
}

}  // namespace
}  // namespace deepvision
