// A forward pass without a server, for comparison: answers each line of its
// input with one line, the milliseconds that it took.
//
//   bare_forward FILE CHANNELS HEIGHT WIDTH
//     forward          module.forward of the file, as LibTorch does it
//     layer LAYER_ID   our executor, up to this layer
//
// Threads as the server has by default; the input is another one each time.
#include <ATen/Parallel.h>
#include <ATen/ops/randn.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/strip.h"
#include "benchmarks/support/stopwatch.h"
#include "core/base/status_macros.h"
#include "core/engine/specialisation.h"
#include "core/graph/plan.h"
#include "core/loader/model_file.h"
#include "server/lifecycle/memory.h"

namespace deepvision {
namespace {

class BareNetwork {
 public:
  BareNetwork(const std::string& path, const std::vector<int64_t>& shape)
      : path_(path), module_(torch::jit::load(path)) {
    module_.eval();
    for (int i = 0; i < 8; ++i) inputs_.push_back(at::randn(shape));
  }

  double Forward() {
    const at::Tensor& input = NextInput();
    const c10::AutoGradMode mode(false);
    const Stopwatch watch;
    module_.forward({input});
    return watch.Milliseconds();
  }

  absl::StatusOr<double> Layer(const std::string& id) {
    if (id != layer_) DV_RETURN_IF_ERROR(PlanLayer(id));
    const at::Tensor& input = NextInput();
    const Stopwatch watch;
    DV_RETURN_IF_ERROR(
        plan_->Run(input, {}, [](int, const at::Tensor&) { return absl::OkStatus(); }));
    return watch.Milliseconds();
  }

 private:
  const at::Tensor& NextInput() { return inputs_[next_++ % inputs_.size()]; }

  absl::Status PlanLayer(const std::string& id) {
    DV_ASSIGN_OR_RETURN(file_, ModelFile::Open(path_, ""));
    DV_ASSIGN_OR_RETURN(const auto graph, file_->Specialise(inputs_[0]));
    const auto found = Specialisation(graph, {}).Find(id);
    if (!found) return absl::NotFoundError(id);
    plan_ = Plan::Make(graph, {found->value});
    layer_ = id;
    return absl::OkStatus();
  }

  const std::string path_;
  torch::jit::Module module_;
  std::vector<at::Tensor> inputs_;
  size_t next_ = 0;
  std::unique_ptr<ModelFile> file_;
  std::string layer_;
  std::optional<Plan> plan_;
};

void Answer(BareNetwork& network, absl::string_view line) {
  double milliseconds = -1;
  if (line == "forward") milliseconds = network.Forward();
  if (absl::ConsumePrefix(&line, "layer ")) {
    const auto measured = network.Layer(std::string(line));
    if (measured.ok()) milliseconds = *measured;
  }
  std::printf("%.6f\n", milliseconds);
  std::fflush(stdout);
}

}  // namespace
}  // namespace deepvision

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  at::set_num_threads(static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  deepvision::KeepFreedMemory();
  deepvision::BareNetwork network(argv[1],
                                  {1, std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4])});
  for (std::string line; std::getline(std::cin, line);) deepvision::Answer(network, line);
  return 0;
}
