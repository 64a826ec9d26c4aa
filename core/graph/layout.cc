#include "core/graph/layout.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace deepvision {
namespace {

constexpr int kNoLane = -1;

class LayoutMaker {
 public:
  explicit LayoutMaker(const std::vector<LayoutNode>& nodes)
      : nodes_(nodes),
        successors_(nodes.size()),
        earliest_(nodes.size(), 0),
        positions_(nodes.size()) {
    for (size_t i = 0; i < nodes.size(); ++i) {
      for (int predecessor : nodes[i].predecessors) {
        successors_[predecessor].push_back(static_cast<int>(i));
      }
    }
  }

  Layout Make() {
    FindEarliestStages();
    MoveTowardsReaders();
    for (Position& position : positions_) position.lane = kNoLane;
    Occupy(LongestChain());
    for (bool with_edges : {true, false}) {
      for (size_t i = 0; i < nodes_.size(); ++i) {
        const bool is_turn = with_edges == (nodes_[i].beside < 0);
        if (is_turn && positions_[i].lane == kNoLane) Occupy(BranchFrom(static_cast<int>(i)));
      }
    }
    return {std::move(positions_), stage_count_, static_cast<int>(lanes_.size())};
  }

 private:
  void FindEarliestStages() {
    for (size_t i = 0; i < nodes_.size(); ++i) {
      for (int predecessor : nodes_[i].predecessors) {
        earliest_[i] = std::max(earliest_[i], earliest_[predecessor] + 1);
      }
      stage_count_ = std::max(stage_count_, earliest_[i] + 1);
    }
  }

  void MoveTowardsReaders() {
    for (size_t i = nodes_.size(); i-- > 0;) {
      int stage = std::numeric_limits<int>::max();
      for (int successor : successors_[i]) stage = std::min(stage, positions_[successor].stage - 1);
      // The input stays where it is, whatever reads it.
      const bool is_root = nodes_[i].predecessors.empty();
      positions_[i].stage = successors_[i].empty() || is_root ? earliest_[i] : stage;
    }
    for (size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].beside >= 0) positions_[i].stage = positions_[nodes_[i].beside].stage;
    }
  }

  // Backwards from the first node of the last stage, always over a predecessor
  // that could not have stood earlier.
  std::vector<int> LongestChain() const {
    std::vector<int> chain;
    for (size_t i = 0; i < nodes_.size() && chain.empty(); ++i) {
      if (earliest_[i] == stage_count_ - 1) chain.push_back(static_cast<int>(i));
    }
    while (!chain.empty() && !nodes_[chain.back()].predecessors.empty()) {
      const std::vector<int>& predecessors = nodes_[chain.back()].predecessors;
      const int earlier = earliest_[chain.back()] - 1;
      chain.push_back(*std::find_if(predecessors.begin(), predecessors.end(),
                                    [&](int node) { return earliest_[node] == earlier; }));
    }
    std::reverse(chain.begin(), chain.end());
    return chain;
  }

  // From `node` on along readers that have no lane yet, the nearest first.
  std::vector<int> BranchFrom(int node) const {
    std::vector<int> branch;
    for (int next = node; next >= 0;) {
      branch.push_back(next);
      int nearest = -1;
      for (int successor : successors_[next]) {
        if (positions_[successor].lane != kNoLane) continue;
        if (nearest < 0 || positions_[successor].stage < positions_[nearest].stage) {
          nearest = successor;
        }
      }
      next = nearest;
    }
    return branch;
  }

  // Gives the branch the smallest lane that is free from its first stage to its
  // last.
  void Occupy(const std::vector<int>& branch) {
    if (branch.empty()) return;
    const int first = positions_[branch.front()].stage;
    const int last = positions_[branch.back()].stage;
    size_t lane = 0;
    while (lane < lanes_.size() && !IsFree(lanes_[lane], first, last)) ++lane;
    if (lane == lanes_.size()) lanes_.emplace_back(stage_count_, false);
    std::fill(lanes_[lane].begin() + first, lanes_[lane].begin() + last + 1, true);
    for (int node : branch) positions_[node].lane = static_cast<int>(lane);
  }

  static bool IsFree(const std::vector<bool>& lane, int first, int last) {
    return std::find(lane.begin() + first, lane.begin() + last + 1, true) ==
           lane.begin() + last + 1;
  }

  const std::vector<LayoutNode>& nodes_;
  std::vector<std::vector<int>> successors_;
  std::vector<int> earliest_;  // stage by the longest path
  std::vector<Position> positions_;
  std::vector<std::vector<bool>> lanes_;  // lane, stage: taken
  int stage_count_ = 0;
};

}  // namespace

Layout LayOut(const std::vector<LayoutNode>& nodes) { return LayoutMaker(nodes).Make(); }

}  // namespace deepvision
