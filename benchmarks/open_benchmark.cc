// How long it takes to open a network, against what LibTorch alone needs to
// load, check and warm up the same file:
//
//   open_benchmark FILE…
//
// Per file, runs that take turns:
//   open   ModelFile::Open, Specialise and the topology: ready to serve
//   base   torch::jit::load, SHA-256 of the file and two forward passes
// and what the first takes longer.
#include <ATen/Parallel.h>
#include <ATen/ops/linspace.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "benchmarks/support/report.h"
#include "benchmarks/support/samples.h"
#include "benchmarks/support/stopwatch.h"
#include "core/base/digest.h"
#include "core/engine/specialisation.h"
#include "core/loader/model_file.h"

namespace deepvision {
namespace {

constexpr int kRuns = 7;

at::Tensor Sample() { return at::linspace(-1.5, 1.5, 3 * 224 * 224).view({1, 3, 224, 224}); }

bool Open(const std::string& path) {
  const auto file = ModelFile::Open(path, "");
  if (!file.ok()) return false;
  const auto graph = (*file)->Specialise(Sample());
  return graph.ok() && !Specialisation(*graph, {}).LayerIds().empty();
}

bool Base(const std::string& path) {
  const c10::AutoGradMode mode(false);
  torch::jit::Module module = torch::jit::load(path);
  module.eval();
  for (int i = 0; i < 2; ++i) module.forward({Sample()});
  return Sha256OfFile(path).ok();
}

double Milliseconds(const std::function<bool()>& run) {
  const Stopwatch watch;
  return run() ? watch.Milliseconds() : -1;
}

void Compare(const std::string& path) {
  Samples open, base, longer;
  for (int i = 0; i < kRuns; ++i) {
    open.Add(Milliseconds([&] { return Open(path); }));
    base.Add(Milliseconds([&] { return Base(path); }));
    longer.Add(open[i] - base[i]);
  }
  const std::string model = path.substr(path.rfind('/') + 1);
  Print({model + ": open", open.Median(), "ms", {}, "", open.Noise()});
  Print({model + ": open, longer than load, digest and warm-up",
         longer.Median(),
         "ms",
         {},
         "<= 100",
         base.Noise()});
}

}  // namespace
}  // namespace deepvision

int main(int argc, char** argv) {
  at::set_num_threads(static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  for (int i = 1; i < argc; ++i) deepvision::Compare(argv[i]);
  return 0;
}
