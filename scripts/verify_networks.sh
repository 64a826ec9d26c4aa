#!/usr/bin/env bash
# Compares every module's value, the outputs and gradients of many networks with
# what eager PyTorch computes: once in C++ (check_network), once through the
# server (check_over_grpc.py). With mobilenet_v3_small: whether a visualization
# depends on its neighbours (check_visualizations.py).
#
#   scripts/verify_networks.sh [ARCHITECTURE …]
#
#   ARCHITECTURE  of tests/networks/architectures.py; default: all of them and
#                 all pitfall networks (several gigabytes, an hour on two cores)
#
#   DEEPVISION_PYTORCH  a Python with torch 2.11.0, torchvision 0.26.0 and NumPy;
#                       default: one is made in the cache folder (5 GB)
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
readonly references="$cache/network-references"

main() {
  "$root/scripts/setup.sh"
  cd "$root"
  cmake --preset dev
  cmake --build --preset dev --target check_network deepvision_server
  local python what=()
  python="$(pytorch_python numpy)"
  [ $# -eq 0 ] || what=(--large "$@")
  mkdir -p "$references"
  (cd tests/networks && "$python" make_references.py --out "$references" "${what[@]}")

  local folders=() large=()
  if [ $# -eq 0 ]; then
    folders=("$references"/*/)
  else
    for name in "$@"; do folders+=("$references/$name/"); done
  fi
  local indexes=() index status=0
  for folder in "${folders[@]}"; do
    for index in "$folder"*.index; do
      indexes+=("$index")
      case "$index" in */script.index | */trace.index) [ $# -eq 0 ] || large+=("$index") ;; esac
    done
  done
  build/dev/tests/networks/check_network "${indexes[@]}" || status=1
  if [ ${#large[@]} -gt 0 ]; then
    deepvision_python tests/networks/check_over_grpc.py \
      --server build/dev/server/deepvision_server "${large[@]}" || status=1
  fi
  local mobile="$references/mobilenet_v3_small"
  if [ -e "$mobile/trace.pt" ]; then
    deepvision_python tests/networks/check_visualizations.py \
      --server build/dev/server/deepvision_server --layer features.8 "$mobile"/{script,trace}.pt || status=1
  fi
  return $status
}

main "$@"
