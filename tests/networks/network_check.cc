#include "tests/networks/network_check.h"

#include <ATen/Parallel.h>
#include <ATen/ops/clone.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/sum.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "core/device/torch_status.h"
#include "core/graph/graph.h"
#include "core/graph/plan.h"
#include "core/loader/model_file.h"

namespace deepvision {
namespace {

using GraphPtr = std::shared_ptr<const Graph>;

ValueId OutputValue(const Graph& graph, const std::string& path) {
  for (const NamedValue& output : graph.outputs) {
    if (output.path == path) return output.value;
  }
  return kNone;
}

// A module's key, or "" and ":path" for the network's outputs.
ValueId ValueOfKey(const Graph& graph, const std::string& key) {
  if (key.empty() || key[0] == ':') return OutputValue(graph, key.empty() ? "" : key.substr(1));
  return FindValue(graph, key);
}

// "path@1:0" -> "path@1".
std::string CallOfKey(const std::string& key) { return key.substr(0, key.find(':')); }

const ModuleCall* FindCall(const Graph& graph, const std::string& name) {
  const auto found = std::find_if(
      graph.calls.begin(), graph.calls.end(),
      [&](const ModuleCall& call) { return !call.path.empty() && CallName(call) == name; });
  return found == graph.calls.end() ? nullptr : &*found;
}

class Checker {
 public:
  explicit Checker(const Reference& reference) : reference_(reference) {}

  NetworkReport Run() {
    int threads = 2;
    if (absl::SimpleAtoi(reference_.Fact("threads"), &threads)) at::set_num_threads(threads);
    if (reference_.Fact("expect") == "refuse") {
      CheckRefusal();
    } else {
      CheckOpens();
    }
    return std::move(report_);
  }

 private:
  // A value that must come out of the pass, and what it may equal.
  struct Expectation {
    std::string name;
    std::vector<ValueId> candidates;              // one of them …
    std::vector<const ReferenceRow*> references;  // … equals one of these
    bool is_output = false;
  };

  template <typename... Parts>
  void Problem(const Parts&... parts) {
    report_.problems.push_back(absl::StrCat(case_, ": ", parts...));
  }

  void CheckRefusal() {
    case_ = "refusal";
    auto file = ModelFile::Open(reference_.file, "");
    absl::Status status = file.status();
    if (status.ok()) status = (*file)->Specialise(at::rand({1, 3, 32, 32})).status();
    if (status.ok()) return Problem("the file was opened");
    if (!absl::StrContains(status.message(), reference_.Fact("text"))) {
      Problem("expected \"", reference_.Fact("text"), "\" in: ", status.ToString());
    }
    if (absl::StrContains(status.message(), reference_.file)) Problem("the text holds a path");
    report_.cases = 1;
  }

  void CheckOpens() {
    case_ = "open";
    const absl::Time start = absl::Now();
    auto file = ModelFile::Open(reference_.file, "");
    if (!file.ok()) return Problem(file.status().ToString());
    file_ = std::move(*file);
    report_.open_ms = absl::ToDoubleMilliseconds(absl::Now() - start);
    for (const ReferenceCase& one : reference_.cases) {
      case_ = one.name;
      const absl::Status status = CallTorch([&] { return CheckCase(one); });
      if (!status.ok()) Problem(status.ToString());
      ++report_.cases;
    }
  }

  absl::Status CheckCase(const ReferenceCase& one) {
    DV_ASSIGN_OR_RETURN(const at::Tensor input, reference_.Read(*one.RowsOf("input").at(0)));
    // A shape is made a graph for once; a failed guard makes another.
    GraphPtr& graph = graphs_[input.sizes().vec()];
    if (graph == nullptr) DV_RETURN_IF_ERROR(Specialise(input, graph));
    absl::Status status = CheckValues(one, *graph, graph, input);
    if (absl::IsAborted(status)) {
      DV_RETURN_IF_ERROR(Specialise(input, graph));
      status = CheckValues(one, *graph, graph, input);
    }
    DV_RETURN_IF_ERROR(status);
    for (const ReferenceRow* row : one.RowsOf("gradient")) {
      DV_RETURN_IF_ERROR(CheckGradient(one, *row, graph, input));
    }
    return absl::OkStatus();
  }

  absl::Status Specialise(const at::Tensor& input, GraphPtr& graph) {
    DV_ASSIGN_OR_RETURN(graph, file_->Specialise(input));
    ++report_.graphs;
    const bool noise = !reference_.Fact("noise").empty();
    if (graph->random != noise) Problem(noise ? "the noise was not seen" : "declared random");
    return absl::OkStatus();
  }

  absl::Status CheckValues(const ReferenceCase& one, const Graph& graph, const GraphPtr& shared,
                           const at::Tensor& input) {
    const size_t problems = report_.problems.size();
    const std::vector<Expectation> expectations = Expect(one, graph);
    std::vector<ValueId> targets;
    for (const Expectation& expectation : expectations) {
      targets.insert(targets.end(), expectation.candidates.begin(), expectation.candidates.end());
    }
    const auto values = RunPlan(Plan::Make(shared, targets), targets.size(), input);
    if (absl::IsAborted(values.status())) report_.problems.resize(problems);
    DV_RETURN_IF_ERROR(values.status());
    size_t next = 0;
    for (const Expectation& expectation : expectations) {
      const std::vector<at::Tensor> found(values->begin() + next,
                                          values->begin() + next + expectation.candidates.size());
      next += expectation.candidates.size();
      DV_RETURN_IF_ERROR(CheckExpectation(expectation, found));
    }
    return CheckOutputsAgain(one, shared, input);
  }

  absl::StatusOr<std::vector<at::Tensor>> RunPlan(const Plan& plan, size_t count,
                                                  const at::Tensor& input) {
    const at::Tensor before = at::clone(input);
    std::vector<at::Tensor> values(count);
    const absl::Status status = plan.Run(input, {}, [&](int target, const at::Tensor& value) {
      if (values[target].defined()) Problem("target ", target, " was delivered twice");
      values[target] = value;
      return absl::OkStatus();
    });
    if (!Compare(input, before).bitwise) Problem("the run changed the input");
    DV_RETURN_IF_ERROR(status);
    for (const at::Tensor& value : values) {
      if (!value.defined()) return absl::InternalError("a target was not delivered");
    }
    return values;
  }

  std::vector<Expectation> Expect(const ReferenceCase& one, const Graph& graph) {
    std::vector<Expectation> expectations;
    for (const ReferenceRow* row : one.RowsOf("module")) ExpectModule(*row, graph, expectations);
    ExpectElements(one, graph, expectations);
    for (const ReferenceRow* row : one.RowsOf("output")) {
      const ValueId value = OutputValue(graph, row->key);
      if (value == kNone) {
        Problem("no output \"", row->key, "\"");
      } else {
        expectations.push_back(
            {absl::StrCat("output ", row->key), {value}, OutputReferences(one, *row), true});
      }
    }
    return expectations;
  }

  // What eager mode computes, or what the file itself does where that rounds
  // differently.
  static std::vector<const ReferenceRow*> OutputReferences(const ReferenceCase& one,
                                                           const ReferenceRow& row) {
    std::vector<const ReferenceRow*> references = {&row};
    for (const ReferenceRow* own : one.RowsOf("own_output")) {
      if (own->key == row.key) references.push_back(own);
    }
    return references;
  }

  void ExpectModule(const ReferenceRow& row, const Graph& graph,
                    std::vector<Expectation>& expectations) {
    std::vector<ValueId> candidates;
    for (const std::string& key : row.AcceptedKeys()) {
      const ValueId value = FindValue(graph, key);
      if (value != kNone) candidates.push_back(value);
    }
    if (!candidates.empty()) {
      expectations.push_back({row.key, std::move(candidates), {&row}});
    } else if (row.HasFlag("optional")) {
      ++report_.not_stored;
    } else {
      Problem("no value \"", row.key, "\"");
    }
  }

  // Whatever a trace says about a call that returns several tensors must be one
  // of them.
  void ExpectElements(const ReferenceCase& one, const Graph& graph,
                      std::vector<Expectation>& expectations) {
    std::map<std::string, std::vector<const ReferenceRow*>> calls;
    for (const ReferenceRow* row : one.RowsOf("element")) {
      calls[CallOfKey(row->key)].push_back(row);
    }
    for (const auto& [name, rows] : calls) {
      const ModuleCall* call = FindCall(graph, name);
      if (call == nullptr || call->results.empty()) report_.not_stored += rows.size();
      if (call == nullptr) continue;
      for (const NamedValue& result : call->results) {
        expectations.push_back({absl::StrCat(name, ":", result.path), {result.value}, rows});
      }
    }
  }

  absl::Status CheckExpectation(const Expectation& expectation,
                                const std::vector<at::Tensor>& found) {
    Difference best{std::numeric_limits<double>::infinity(), false};
    for (const ReferenceRow* row : expectation.references) {
      DV_ASSIGN_OR_RETURN(const at::Tensor reference, reference_.Read(*row));
      for (const at::Tensor& value : found) {
        const Difference difference = Judge(value, reference);
        if (difference.relative < best.relative || difference.bitwise) best = difference;
      }
    }
    (expectation.is_output ? report_.outputs : report_.modules).Add(best);
    if (!best.bitwise && report_.first_rounded.empty()) report_.first_rounded = expectation.name;
    const bool fits = expectation.is_output && reference_.Fact("close").empty()
                          ? best.bitwise
                          : best.relative <= Tolerance(expectation.references[0]->dtype);
    if (!fits) Problem(expectation.name, " is off by ", best.relative, Describe(found[0]));
    return absl::OkStatus();
  }

  // With noise inside only the shape can be compared.
  Difference Judge(const at::Tensor& value, const at::Tensor& reference) const {
    if (reference_.Fact("noise").empty()) return Compare(value, reference);
    const bool alike = value.sizes() == reference.sizes();
    return {alike ? 0 : std::numeric_limits<double>::infinity(), alike};
  }

  static std::string Describe(const at::Tensor& value) {
    return absl::StrCat(" (", c10::toString(value.scalar_type()), " [",
                        absl::StrJoin(value.sizes(), ","), "])");
  }

  // Without captures, and after another run: nothing may be remembered.
  absl::Status CheckOutputsAgain(const ReferenceCase& one, const GraphPtr& graph,
                                 const at::Tensor& input) {
    for (const ReferenceRow* row : one.RowsOf("output")) {
      const ValueId value = OutputValue(*graph, row->key);
      if (value == kNone) continue;
      DV_ASSIGN_OR_RETURN(const auto values, RunPlan(Plan::Make(graph, {value}), 1, input));
      DV_RETURN_IF_ERROR(CheckExpectation(
          {absl::StrCat("output ", row->key, " alone"), {value}, OutputReferences(one, *row), true},
          values));
    }
    return absl::OkStatus();
  }

  absl::Status CheckGradient(const ReferenceCase& one, const ReferenceRow& row,
                             const GraphPtr& graph, const at::Tensor& input) {
    const auto weights = one.RowsOf("weight");
    const auto weight = std::find_if(weights.begin(), weights.end(),
                                     [&](const auto* other) { return other->key == row.key; });
    const ValueId value = ValueOfKey(*graph, row.key);
    if (value == kNone) {
      Problem("no value \"", row.key, "\" for the gradient");
      return absl::OkStatus();
    }
    if (!graph->values[value].differentiable) Problem(row.key, " is not differentiable");
    DV_ASSIGN_OR_RETURN(const at::Tensor factor, reference_.Read(**weight));
    DV_ASSIGN_OR_RETURN(const at::Tensor reference, reference_.Read(row));
    DV_ASSIGN_OR_RETURN(const at::Tensor gradient, Gradient(graph, value, factor, input));
    const Difference difference = Compare(gradient, reference);
    report_.gradients.Add(difference);
    if (difference.relative > Tolerance(reference.scalar_type())) {
      Problem("the gradient of \"", row.key, "\" is off by ", difference.relative);
    }
    return absl::OkStatus();
  }

  static absl::StatusOr<at::Tensor> Gradient(const GraphPtr& graph, ValueId value,
                                             const at::Tensor& factor, const at::Tensor& input) {
    const at::Tensor leaf = at::clone(input).requires_grad_(true);
    RunOptions options;
    options.gradients = true;
    at::Tensor result;
    DV_RETURN_IF_ERROR(
        Plan::Make(graph, {value}).Run(leaf, options, [&](int, const at::Tensor& target) {
          result = target;
          return absl::OkStatus();
        }));
    return torch::autograd::grad({at::sum(at::mul(result, factor))}, {leaf}).at(0);
  }

  const Reference& reference_;
  NetworkReport report_;
  std::unique_ptr<ModelFile> file_;
  std::map<std::vector<int64_t>, GraphPtr> graphs_;
  std::string case_;
};

}  // namespace

void Tally::Add(const Difference& difference) {
  ++compared;
  bitwise += difference.bitwise ? 1 : 0;
  worst = std::max(worst, difference.relative);
}

NetworkReport CheckNetwork(const Reference& reference) { return Checker(reference).Run(); }

}  // namespace deepvision
