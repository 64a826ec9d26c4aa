#!/usr/bin/env bash
# Makes a machine ready to build: distribution packages and LibTorch, the latter
# by version and SHA-256 into a cache folder. Idempotent: what is there is kept.
#
#   DEEPVISION_CACHE  cache folder (default: ~/.cache/deepvision)
set -euo pipefail

readonly root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly cache="${DEEPVISION_CACHE:-$HOME/.cache/deepvision}"
readonly torch_version=2.11.0

say() { printf '\033[1m[setup]\033[0m %s\n' "$*"; }

packages=(
  g++ cmake ninja-build ccache pkg-config git ca-certificates unzip
  python3 python3-pip python3-venv
  libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc libabsl-dev
  libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev
  libpng-dev libjpeg-dev libwebp-dev libisal-dev libhwy-dev libssl-dev libspdlog-dev
  libsqlite3-dev prometheus-cpp-dev catch2 libbenchmark-dev clang-format
)

install_packages() {
  local missing=()
  for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "installing ${#missing[@]} distribution packages: ${missing[*]}"
  local sudo=(); [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  "${sudo[@]}" apt-get update -q
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

install_libtorch() {
  local done_mark="$cache/libtorch/.complete-$torch_version-cpu"
  [ -e "$done_mark" ] && return
  mkdir -p "$cache/wheels"
  say "downloading LibTorch $torch_version (530 MB) into $cache"
  python3 -m pip download --quiet --progress-bar on --no-deps --require-hashes --only-binary=:all: \
    --python-version 3.11 --implementation cp --abi cp311 --abi none \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_25_x86_64 \
    --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 \
    --dest "$cache/wheels" --requirement "$root/scripts/libtorch-cpu.lock"
  say "unpacking"
  local fresh="$cache/libtorch.new.$$"
  mkdir -p "$fresh"
  unzip -q "$cache/wheels/torch-$torch_version"-*.whl 'torch/lib/*' 'torch/include/*' -d "$fresh" \
    -x 'torch/include/google/*' 'torch/lib/libtorch_cuda*' 'torch/lib/libtorch_python*' 'torch/lib/libtorch_nvshmem*'
  for wheel in nvidia_cuda_runtime nvidia_cuda_cupti; do
    unzip -q "$cache/wheels/$wheel"-*.whl 'nvidia/cu13/lib/*' -d "$fresh"
  done
  touch "$fresh/.complete-$torch_version-cpu"
  rm -rf "$cache/libtorch"
  mv "$fresh" "$cache/libtorch"
  rm -rf "$cache/wheels"
}

install_packages
install_libtorch
say "ready"
