// How long it takes to open a network, against what LibTorch alone needs to
// load, check and warm up the same file:
//
//   open_benchmark FILE…
//
// Prints, per file, the medians of interleaved runs in milliseconds:
//   open   ModelFile::Open, Specialise and the topology: ready to serve
//   base   torch::jit::load, SHA-256 of the file and two forward passes
// The target is open <= base + 100 ms.
#include <ATen/Parallel.h>
#include <ATen/ops/linspace.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

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
  const auto begin = std::chrono::steady_clock::now();
  if (!run()) return -1;
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
      .count();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void Compare(const std::string& path) {
  std::vector<double> open, base;
  for (int i = 0; i < kRuns; ++i) {
    open.push_back(Milliseconds([&] { return Open(path); }));
    base.push_back(Milliseconds([&] { return Base(path); }));
  }
  std::printf("%s: open %.0f ms, base %.0f ms, difference %.0f ms (target <= 100)\n",
              path.substr(path.rfind('/') + 1).c_str(), Median(open), Median(base),
              Median(open) - Median(base));
}

}  // namespace
}  // namespace deepvision

int main(int argc, char** argv) {
  at::set_num_threads(static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  for (int i = 1; i < argc; ++i) deepvision::Compare(argv[i]);
  return 0;
}
