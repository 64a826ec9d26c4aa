#include "tests/support/continued_runs.h"

#include <ATen/ops/clone.h>

#include <cstring>
#include <random>
#include <set>
#include <vector>

#include "core/graph/plan.h"
#include "tests/support/operator_recorder.h"
#include "tests/support/status_matchers.h"

namespace deepvision {
namespace {

bool SameBits(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes() || a.scalar_type() != b.scalar_type()) return false;
  const at::Tensor left = a.contiguous();
  const at::Tensor right = b.contiguous();
  return left.nbytes() == 0 ||
         std::memcmp(left.const_data_ptr(), right.const_data_ptr(), left.nbytes()) == 0;
}

std::vector<ValueId> NamedValues(const Graph& graph) {
  std::set<ValueId> values;
  for (const auto& [id, value] : graph.ids) values.insert(value);
  return {values.begin(), values.end()};
}

class Rounds {
 public:
  Rounds(std::shared_ptr<const Graph> graph, const at::Tensor& input)
      : graph_(std::move(graph)), input_(input), values_(NamedValues(*graph_)) {
    together_ = RunPlan(Plan::Make(graph_, values_), input_);
    for (const at::Tensor& value : together_) expected_.push_back(at::clone(value));
  }

  void CheckOne() {
    const std::set<size_t> given = Pick(random_() % (values_.size() + 1));
    AvailableValues available;
    const bool together = random_() % 2 == 0;
    for (const size_t i : given) available[values_[i]] = together ? together_[i] : Alone(i);
    std::vector<size_t> asked;
    std::vector<ValueId> targets;
    for (const size_t i : Pick(1 + random_() % 3)) {
      asked.push_back(i);
      targets.push_back(values_[i]);
    }
    const Plan plan = Plan::Continue(graph_, targets, available);
    CHECK(plan.operator_count() <= static_cast<int>(graph_->nodes.size()));
    const std::vector<at::Tensor> results = RunPlan(plan, input_);
    for (size_t i = 0; i < asked.size(); ++i) {
      INFO("target " << Name(targets[i]) << " with " << given.size() << " values at hand");
      CHECK(SameBits(results[i], expected_[asked[i]]));
    }
    for (const size_t i : given) {
      INFO("the available value " << Name(values_[i]) << " was written");
      CHECK(SameBits(available.at(values_[i]), expected_[i]));
    }
  }

 private:
  std::set<size_t> Pick(size_t count) {
    std::set<size_t> picked;
    for (size_t i = 0; i < count; ++i) picked.insert(random_() % values_.size());
    return picked;
  }

  at::Tensor Alone(size_t i) const {
    return RunPlan(Plan::Make(graph_, {values_[i]}), input_).at(0);
  }

  std::string Name(ValueId value) const {
    for (const auto& [id, named] : graph_->ids) {
      if (named == value) return id;
    }
    return "";
  }

  const std::shared_ptr<const Graph> graph_;
  const at::Tensor input_;
  const std::vector<ValueId> values_;
  std::vector<at::Tensor> together_;  // handed out by one run, may share memory
  std::vector<at::Tensor> expected_;
  std::mt19937 random_{1};  // NOLINT: the same choices every time
};

}  // namespace

void CheckContinuedRuns(const std::shared_ptr<const Graph>& graph, const at::Tensor& input,
                        int rounds) {
  if (graph->random) return;
  Rounds checks(graph, input);
  for (int i = 0; i < rounds; ++i) checks.CheckOne();
}

}  // namespace deepvision
