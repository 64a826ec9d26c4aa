// What a step of feature visualization costs:
//
//   ascent_benchmark FILE [LAYER…]
//
// For each layer of a TorchScript file (default: the first convolution's, and the
// module results at a quarter, half, three quarters and all of the network) the time
// of a `fourier` step of a 128 px image on the network's 224 px input, as it is
// (EXACT) and sliced to the units asked for (FAST), for batches of 1, 4 and 16; per
// image, against EXACT with one. And whether a unit's image is the same, bit for bit,
// alone and in the last slot of a full batch.
#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmarks/support/report.h"
#include "benchmarks/support/samples.h"
#include "benchmarks/support/stopwatch.h"
#include "core/base/status_macros.h"
#include "core/engine/specialisation.h"
#include "core/loader/model_file.h"
#include "core/visualization/ascent.h"
#include "core/visualization/resolve_spec.h"

namespace deepvision {
namespace {

constexpr int kWarmUps = 2;
constexpr int kSteps = 7;
constexpr int kSameSteps = 4;

absl::StatusOr<AscentOptions> OptionsOf(const Specialisation& network, const std::string& layer,
                                        int width, Numerics numerics) {
  const auto addressed = network.Find(layer);
  if (!addressed) return absl::NotFoundError(absl::StrCat("no layer ", layer));
  const DataDescription data = network.Describe(*addressed);
  AscentOptions options;
  options.graph = network.graph();
  options.layers = {{layer, addressed->value, data.kind, data.shape}};
  options.preprocessing.mean = {0.485F, 0.456F, 0.406F};
  options.preprocessing.std = {0.229F, 0.224F, 0.225F};
  options.width = width;
  options.spec.layer = layer;
  options.spec.all_units = true;
  options.spec.numerics = numerics;
  DV_ASSIGN_OR_RETURN(options.spec,
                      ResolveSpec(options.spec, {224, 224, UnitCount(options.layers[0])}));
  return options;
}

std::vector<int> FirstUnits(int count) {
  std::vector<int> units(static_cast<size_t>(count));
  std::iota(units.begin(), units.end(), 0);
  return units;
}

const char* NameOf(Numerics numerics) { return numerics == Numerics::kExact ? "EXACT" : "FAST"; }

// Milliseconds per image and step.
absl::StatusOr<Samples> Measure(const AscentOptions& options) {
  DV_ASSIGN_OR_RETURN(auto ascent, Ascent::Create(options, FirstUnits(options.width)));
  Samples milliseconds;
  for (int i = 0; i < kWarmUps + kSteps; ++i) {
    const Stopwatch watch;
    DV_RETURN_IF_ERROR(ascent->Step());
    if (i >= kWarmUps) milliseconds.Add(watch.Milliseconds() / options.width);
  }
  return milliseconds;
}

absl::StatusOr<at::Tensor> ImageOf(const AscentOptions& options, const std::vector<int>& units) {
  DV_ASSIGN_OR_RETURN(auto ascent, Ascent::Create(options, units));
  for (int i = 0; i < kSameSteps; ++i) DV_RETURN_IF_ERROR(ascent->Step());
  return ascent->Images(static_cast<int>(units.size()) - 1, ImageSpace::kDisplay);
}

// Whether a unit is the same alone and in the last slot.
absl::StatusOr<bool> SameInEverySlot(const AscentOptions& options) {
  DV_ASSIGN_OR_RETURN(const at::Tensor last, ImageOf(options, FirstUnits(options.width)));
  DV_ASSIGN_OR_RETURN(const at::Tensor alone, ImageOf(options, {options.width - 1}));
  return last.equal(alone);
}

absl::Status MeasureLayer(const Specialisation& network, const std::string& layer) {
  DV_ASSIGN_OR_RETURN(const AscentOptions one, OptionsOf(network, layer, 1, Numerics::kExact));
  DV_ASSIGN_OR_RETURN(const Samples base, Measure(one));
  for (const Numerics numerics : {Numerics::kExact, Numerics::kFast}) {
    for (const int width : {1, 4, 16}) {
      DV_ASSIGN_OR_RETURN(const AscentOptions options, OptionsOf(network, layer, width, numerics));
      DV_ASSIGN_OR_RETURN(const Samples step, Measure(options));
      const std::string name = absl::StrCat(layer, ", ", NameOf(numerics), ", ", width, " images");
      Print(Compared(absl::StrCat(name, ": a step of one"), step, "ms", base, ""));
      if (width == 1) continue;
      DV_ASSIGN_OR_RETURN(const bool same, SameInEverySlot(options));
      Print({absl::StrCat(name, ": the same in every slot"), same ? 1.0 : 0.0, "", {}, ">= 1"});
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> SomeLayers(const Specialisation& network) {
  const std::vector<std::string> ids = network.LayerIds();
  std::vector<std::string> some = {ids.at(1)};
  for (const size_t quarter : {1, 2, 3}) some.push_back(ids[ids.size() * quarter / 4]);
  some.push_back(ids.back());
  return some;
}

absl::Status Run(const std::string& path, std::vector<std::string> layers) {
  DV_ASSIGN_OR_RETURN(const auto file, ModelFile::Open(path, ""));
  DV_ASSIGN_OR_RETURN(const auto graph, file->Specialise(at::zeros({1, 3, 224, 224})));
  const Specialisation network(graph, {});
  if (layers.empty()) layers = SomeLayers(network);
  for (const std::string& layer : layers) DV_RETURN_IF_ERROR(MeasureLayer(network, layer));
  return absl::OkStatus();
}

}  // namespace
}  // namespace deepvision

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "ascent_benchmark FILE [LAYER…]\n");
  at::set_num_threads(static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  // As the server does, see server/lifecycle/memory.h.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
  const absl::Status status = deepvision::Run(argv[1], {argv + 2, argv + argc});
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
