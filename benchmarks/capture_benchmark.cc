// What it costs to see every layer, against a forward pass that shows nothing:
//
//   capture_benchmark FILE…
//
// Per TorchScript file, runs that take turns, against `module.forward` of the same
// file (without gradients, warmed up, same threads):
//   plan     our executor, the network's output only
//   stream   every layer of the topology handed out and released
//   keep     every layer kept until the end
//   cache    as keep, for a new input each time, in a cache of 512 MiB that is full
//            and forgets the oldest
#include <ATen/Parallel.h>
#include <ATen/ops/linspace.h>
#include <c10/core/GradMode.h>
#include <malloc.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "benchmarks/support/report.h"
#include "benchmarks/support/samples.h"
#include "benchmarks/support/stopwatch.h"
#include "core/base/byte_lru.h"
#include "core/engine/specialisation.h"
#include "core/graph/plan.h"
#include "core/loader/model_file.h"

namespace deepvision {
namespace {

constexpr int kWarmUps = 5;
constexpr int kRuns = 31;
constexpr int kFillRuns = 40;  // of the cache

struct Variant {
  const char* name;
  const char* target;
  std::function<void()> run;
  Samples milliseconds;
};

void Measure(Variant& variant) {
  const Stopwatch watch;
  variant.run();
  variant.milliseconds.Add(watch.Milliseconds());
}

std::vector<ValueId> LayerValues(const Specialisation& specialisation) {
  std::vector<ValueId> values;
  for (const std::string& id : specialisation.LayerIds()) {
    values.push_back(specialisation.Find(id)->value);
  }
  return values;
}

std::function<void()> RunPlan(const Plan& plan, const at::Tensor& input, bool keep) {
  return [&plan, &input, keep] {
    std::vector<at::Tensor> kept;
    const absl::Status status = plan.Run(input, {}, [&](int, const at::Tensor& value) {
      if (keep) kept.push_back(value);
      return absl::OkStatus();
    });
    if (!status.ok()) std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  };
}

// As the engine does: room is made first.
std::function<void()> RunCached(const Plan& plan, const at::Tensor& input) {
  using Layers = std::shared_ptr<const std::vector<at::Tensor>>;
  auto cache = std::make_shared<ByteLru<int, Layers>>(uint64_t{512} << 20);
  auto last_bytes = std::make_shared<uint64_t>(0);
  auto next = std::make_shared<int>(0);
  return [&plan, &input, cache, last_bytes, next] {
    cache->MakeRoom(*last_bytes);
    auto kept = std::make_shared<std::vector<at::Tensor>>();
    *last_bytes = 0;
    const absl::Status status = plan.Run(input, {}, [&](int, const at::Tensor& value) {
      kept->push_back(value);
      *last_bytes += value.nbytes();
      return absl::OkStatus();
    });
    if (!status.ok()) std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    cache->Put(++*next, std::move(kept), *last_bytes);
  };
}

void Report(const std::string& path, const std::vector<Variant>& variants) {
  const std::string model = path.substr(path.rfind('/') + 1);
  const Samples& forward = variants[0].milliseconds;
  for (size_t i = 1; i < variants.size(); ++i) {
    Print(Compared(model + ": " + variants[i].name + ", against forward", variants[i].milliseconds,
                   "ms", forward, variants[i].target));
  }
}

int Compare(const std::string& path) {
  const at::Tensor input = at::linspace(-1.5, 1.5, 3 * 224 * 224).view({1, 3, 224, 224});
  const auto file = ModelFile::Open(path, "");
  if (!file.ok()) return std::fprintf(stderr, "%s\n", file.status().ToString().c_str());
  const auto graph = (*file)->Specialise(input);
  if (!graph.ok()) return std::fprintf(stderr, "%s\n", graph.status().ToString().c_str());
  const Specialisation specialisation(*graph, {});
  const Plan output = Plan::Make(*graph, {(*graph)->outputs[0].value});
  const Plan layers = Plan::Make(*graph, LayerValues(specialisation));
  torch::jit::Module module = torch::jit::load(path);
  module.eval();
  const c10::AutoGradMode mode(false);
  std::vector<Variant> variants = {{"forward", "", [&] { module.forward({input}); }, {}},
                                   {"plan", "", RunPlan(output, input, false), {}},
                                   {"stream", "<= 1.05", RunPlan(layers, input, false), {}},
                                   {"keep", "<= 1.1", RunPlan(layers, input, true), {}},
                                   {"cache", "<= 1.1", RunCached(layers, input), {}}};
  for (int i = 0; i < kWarmUps; ++i) {
    for (Variant& variant : variants) variant.run();
  }
  for (int i = 0; i < kFillRuns; ++i) variants.back().run();
  for (int i = 0; i < kRuns; ++i) {
    for (size_t j = 0; j < variants.size(); ++j) Measure(variants[(i + j) % variants.size()]);
  }
  Report(path, variants);
  return 0;
}

}  // namespace
}  // namespace deepvision

int main(int argc, char** argv) {
  at::set_num_threads(static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  // As the server does, see server/lifecycle/memory.h.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
  for (int i = 1; i < argc; ++i) deepvision::Compare(argv[i]);
  return 0;
}
