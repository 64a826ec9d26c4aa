#!/usr/bin/env bash
# Sets up, builds and prints what the speed claims are measured with.
#
#   scripts/bench.sh [MODEL FILE …]   also runs these TorchScript files (3 x 224 x 224)
#
# Figures depend on the machine and on what else it does: compare ratios, of one
# run.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

benchmark() { printf '\n== %s\n' "$1"; shift; "$@"; }

main() {
  local models=("$root"/projects/*/*.pt)
  for model in "$@"; do models+=("$(realpath -- "$model")"); done

  "$root/scripts/setup.sh"
  cd "$root"
  cmake --preset release
  cmake --build --preset release --target deepvision_benchmarks
  benchmark "encoding a layer, as a multiple of copying its bytes" \
    build/release/benchmarks/encode_benchmark --benchmark_min_time=0.2
  benchmark "seeing every layer, as a multiple of a plain forward pass" \
    build/release/benchmarks/capture_benchmark "${models[@]}"
  benchmark "opening a network, milliseconds" \
    build/release/benchmarks/open_benchmark "${models[@]}"
}

main "$@"
