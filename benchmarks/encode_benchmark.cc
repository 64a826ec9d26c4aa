// How fast layers are encoded, as a multiple of memcpy of their float32 bytes,
// measured in the same run: the counter x_memcpy.
//
//   build/release/encode_benchmark --benchmark_min_time=0.5
//
// Targets on one core: UINT8 (CHANNELS and ATLAS) 0.35 at 256 KiB, 0.6 at 64
// MiB.
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/randn.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

#include "core/activation/encode_layer.h"
#include "core/activation/histogram.h"

namespace deepvision {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// A layer of maps, [1, channels, side, side]; 256 KiB and 64 MiB among others.
at::Tensor Layer(int64_t bytes, int64_t side) {
  return at::randn({1, bytes / 4 / (side * side), side, side});
}

// Median times of memcpy and of the encoder, taken in turns, so that both see
// the same neighbours.
class Ratio {
 public:
  explicit Ratio(const at::Tensor& value)
      : source_(value.const_data_ptr()), copy_(value.nbytes()) {}

  void Copy() {
    const Clock::time_point start = Clock::now();
    std::memcpy(copy_.data(), source_, copy_.size());
    benchmark::DoNotOptimize(copy_.data());
    benchmark::ClobberMemory();
    copies_.push_back(SecondsSince(start));
  }

  template <typename Work>
  void Time(benchmark::State& state, Work work) {
    const Clock::time_point start = Clock::now();
    work();
    const double seconds = SecondsSince(start);
    state.SetIterationTime(seconds);
    works_.push_back(seconds);
  }

  void Report(benchmark::State& state) {
    const double work = Median(works_), copy = Median(copies_);
    state.counters["x_memcpy"] = copy / work;
    state.counters["GB/s"] = static_cast<double>(copy_.size()) / work / 1e9;
    state.counters["memcpy GB/s"] = static_cast<double>(copy_.size()) / copy / 1e9;
  }

 private:
  static double Median(std::vector<double>& times) {
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle;
  }

  const void* source_;
  std::vector<char> copy_;
  std::vector<double> copies_;
  std::vector<double> works_;
};

void MeasureEncoding(benchmark::State& state, const at::Tensor& value,
                     const EncodingOptions& options) {
  at::set_num_threads(1);
  Ratio ratio(value);
  for (auto _ : state) {
    ratio.Copy();
    ratio.Time(state, [&] {
      benchmark::DoNotOptimize(EncodeLayer(value, DataKind::kFeatureMap, options)->bytes.data());
    });
  }
  ratio.Report(state);
}

EncodingOptions Options(ActivationEncoding encoding, ActivationLayout layout) {
  EncodingOptions options;
  options.encoding = encoding;
  options.layout = layout;
  return options;
}

void Encode(benchmark::State& state, ActivationEncoding encoding, ActivationLayout layout) {
  MeasureEncoding(state, Layer(state.range(0), state.range(1)), Options(encoding, layout));
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
  Ratio ratio(value);
  for (auto _ : state) {
    ratio.Copy();
    ratio.Time(state, [&] {
      benchmark::DoNotOptimize(LayerHistograms(value, DataKind::kFeatureMap, false, 16)->data());
    });
  }
  ratio.Report(state);
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
