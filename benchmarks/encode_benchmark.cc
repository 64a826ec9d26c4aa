// How fast layers are encoded, as a multiple of memcpy of their float32 bytes:
//
//   encode_benchmark [--benchmark_filter=…]
//
// memcpy and encoder take turns on one core, each of them as a whole loop over
// the layer: the ratio is that of neighbouring runs.
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/randn.h>
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "benchmarks/support/report.h"
#include "benchmarks/support/samples.h"
#include "benchmarks/support/stopwatch.h"
#include "core/activation/encode_layer.h"
#include "core/activation/histogram.h"
#include "core/base/buffer_pool.h"

namespace deepvision {
namespace {

// A layer of maps, [1, channels, side, side]; 256 KiB and 64 MiB among others.
at::Tensor Layer(int64_t bytes, int64_t side) {
  return at::randn({1, bytes / 4 / (side * side), side, side});
}

// Times of memcpy and of the encoder, taken in turns, so that both see the same
// neighbours.
class Turns {
 public:
  explicit Turns(const at::Tensor& value)
      : source_(value.const_data_ptr()), copy_(value.nbytes()) {}

  void Copy() {
    const Stopwatch watch;
    std::memcpy(copy_.data(), source_, copy_.size());
    benchmark::DoNotOptimize(copy_.data());
    benchmark::ClobberMemory();
    copies_.Add(watch.Seconds());
  }

  template <typename Work>
  void Time(benchmark::State& state, Work work) {
    const Stopwatch watch;
    work();
    const double seconds = watch.Seconds();
    state.SetIterationTime(seconds);
    works_.Add(seconds);
  }

  void Report(benchmark::State& state, double target) {
    const Samples ratios = Ratios(copies_, works_);
    state.counters["GB/s"] = static_cast<double>(copy_.size()) / works_.Median() / 1e9;
    state.counters["ratio"] = ratios.Median();
    state.counters["noise"] = ratios.Noise();
    state.counters["target"] = target;
    state.SetLabel(absl::StrCat(copy_.size() >> 10, " KiB, maps of ", state.range(1)));
  }

 private:
  const void* source_;
  std::vector<char> copy_;
  Samples copies_;
  Samples works_;
};

// Prints a row per benchmark.
class RowReporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      const std::string& function = run.run_name.function_name;
      const double target = run.counters.at("target");
      Print({absl::StrCat(absl::StripPrefix(function, "Encode/"), ", ", run.report_label,
                          ", against memcpy"),
             run.counters.at("GB/s"), "GB/s", run.counters.at("ratio"),
             target > 0 ? absl::StrCat(">= ", target) : "", run.counters.at("noise")});
    }
  }
};

// What is asked of UINT8 with range and counts.
double TargetOf(int64_t bytes) { return bytes < (1 << 20) ? 0.35 : 0.6; }

// As a device worker does it: blocks are used again; PNG pictures are compressed
// at once.
void MeasureEncoding(benchmark::State& state, const at::Tensor& value,
                     const EncodingOptions& options, double target = 0) {
  at::set_num_threads(1);
  const auto pool = std::make_shared<BufferPool>(size_t{64} << 20);
  const bool is_png = options.encoding == ActivationEncoding::kPng;
  Turns turns(value);
  for (auto _ : state) {
    turns.Copy();
    turns.Time(state, [&] {
      if (is_png) {
        benchmark::DoNotOptimize(EncodeLayer(value, DataKind::kFeatureMap, options)->bytes.data());
      } else {
        const auto written = WriteLayer(value, DataKind::kFeatureMap, options, pool.get());
        benchmark::DoNotOptimize(written->layer.bytes.data());
      }
    });
  }
  turns.Report(state, target);
}

EncodingOptions Options(ActivationEncoding encoding, ActivationLayout layout) {
  EncodingOptions options;
  options.encoding = encoding;
  options.layout = layout;
  return options;
}

void Encode(benchmark::State& state, ActivationEncoding encoding, ActivationLayout layout) {
  MeasureEncoding(state, Layer(state.range(0), state.range(1)), Options(encoding, layout),
                  encoding == ActivationEncoding::kUint8 ? TargetOf(state.range(0)) : 0);
}

void EncodeReduced(benchmark::State& state) {
  EncodingOptions options = Options(ActivationEncoding::kUint8, ActivationLayout::kChannels);
  options.max_side = static_cast<int>(state.range(1)) / 2 - 3;
  MeasureEncoding(state, Layer(state.range(0), state.range(1)), options);
}

void EncodeStatistics(benchmark::State& state) {
  EncodingOptions options = Options(ActivationEncoding::kUint8, ActivationLayout::kChannels);
  options.statistics = true;
  MeasureEncoding(state, Layer(state.range(0), state.range(1)), options);
}

void CountHistogram(benchmark::State& state) {
  at::set_num_threads(1);
  const at::Tensor value = Layer(state.range(0), state.range(1));
  Turns turns(value);
  for (auto _ : state) {
    turns.Copy();
    turns.Time(state, [&] {
      benchmark::DoNotOptimize(LayerHistograms(value, DataKind::kFeatureMap, false, 16)->data());
    });
  }
  turns.Report(state, 0);
}

// Bytes of a layer and side of its maps.
void Sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"bytes", "side"})
      ->Args({256 << 10, 32})
      ->Args({64 << 20, 64})
      ->UseManualTime();
}

void SizesWithSmallMaps(benchmark::internal::Benchmark* benchmark) {
  Sizes(benchmark);
  benchmark->Args({256 << 10, 8})->Args({64 << 20, 8});
}

constexpr auto kChannels = ActivationLayout::kChannels;
BENCHMARK_CAPTURE(Encode, UINT8, ActivationEncoding::kUint8, kChannels)->Apply(Sizes);
BENCHMARK_CAPTURE(Encode, UINT8_ATLAS, ActivationEncoding::kUint8, ActivationLayout::kAtlas)
    ->Apply(SizesWithSmallMaps);
BENCHMARK_CAPTURE(Encode, FLOAT16, ActivationEncoding::kFloat16, kChannels)->Apply(Sizes);
BENCHMARK_CAPTURE(Encode, FLOAT32, ActivationEncoding::kFloat32, kChannels)->Apply(Sizes);
BENCHMARK_CAPTURE(Encode, PNG, ActivationEncoding::kPng, kChannels)->Apply(Sizes);
BENCHMARK(EncodeReduced)->Apply(Sizes);
BENCHMARK(EncodeStatistics)->Apply(Sizes);
BENCHMARK(CountHistogram)->Apply(Sizes);

}  // namespace
}  // namespace deepvision

int main(int argc, char** argv) {
  // As the server does, see server/lifecycle/memory.h.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
  benchmark::Initialize(&argc, argv);
  deepvision::RowReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}
