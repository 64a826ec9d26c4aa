#!/usr/bin/env bash
# Makes a machine ready to build and run: distribution packages, LibTorch and
# the Python environment of the command line. What is there already is kept, so
# a second run takes a moment.
#
#   scripts/setup.sh                what building, testing and the demo need
#   scripts/setup.sh --server-only  without the Python environment
#   scripts/setup.sh --cuda         also LibTorch with CUDA and its compiler (3 GB)
#
#   DEEPVISION_CACHE  cache folder (default: ~/.cache/deepvision)
#
# Everything that is downloaded is pinned by version and SHA-256 (*.lock). A
# folder of the cache appears under its final name only when it is complete, so
# an interrupted run leaves nothing half-written: run it again.
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly torch_version=2.11.0

say() { printf '[setup] %s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

# --- Distribution packages ---------------------------------------------------

# The names hold on Debian 12, Debian 13 and Ubuntu 24.04.
readonly packages=(
  g++ cmake ninja-build ccache pkg-config ca-certificates unzip
  python3 python3-pip python3-venv
  libgrpc++-dev protobuf-compiler-grpc libprotobuf-dev protobuf-compiler libabsl-dev
  libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev
  libpng-dev libjpeg-dev libwebp-dev libisal-dev zlib1g-dev libhwy-dev libzip-dev libsqlite3-dev libssl-dev libspdlog-dev prometheus-cpp-dev
  catch2 libbenchmark-dev
)

missing_packages() {
  comm -23 <(printf '%s\n' "${packages[@]}" | sort) \
    <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null |
      sed -n 's/^installed //p' | sort -u)
}

# Runs a command as root: as it is, or by sudo.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "these packages need root and there is no sudo; install them and run this again: ${missing[*]}"
  fi
}

install_packages() {
  command -v apt-get >/dev/null || fail "needs Debian 12 or 13, or Ubuntu 24.04 (there is no apt-get)"
  local missing
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} -eq 0 ] && return
  say "installing ${#missing[@]} distribution packages: ${missing[*]}"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600)
  as_root "${apt[@]}" update || say "some package lists could not be read; trying with the others"
  as_root "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
}

# --- LibTorch ----------------------------------------------------------------

# download_wheels <lock file>: into $cache/wheels. Files that an earlier,
# interrupted run has completed are checked and kept. The wheels are unpacked,
# never run, so they are those of CPython 3.11 whatever Python is here.
download_wheels() {
  local platforms=(--platform manylinux1_x86_64 --platform manylinux2010_x86_64 --platform manylinux2014_x86_64)
  for glibc_minor in {17..28}; do platforms+=(--platform "manylinux_2_${glibc_minor}_x86_64"); done
  python3 -m pip download --disable-pip-version-check --no-cache-dir --no-deps --require-hashes \
    --only-binary=:all: --python-version 3.11 --implementation cp --abi cp311 --abi none \
    "${platforms[@]}" \
    --dest "$cache/wheels" --requirement "$1" >&2
}

# The wheel's own protobuf 3.13 headers would hide the distribution's.
unpack_cpu() {
  unzip -q "$cache/wheels/torch-$torch_version"-*.whl 'torch/lib/*' 'torch/include/*' -d "$1" \
    -x 'torch/include/google/*' 'torch/lib/libtorch_cuda*' 'torch/lib/libtorch_python*' \
    'torch/lib/libtorch_nvshmem*'
  unzip -q "$cache/wheels/nvidia_cuda_runtime"-*.whl 'nvidia/cu13/lib/*' -d "$1"
  unzip -q "$cache/wheels/nvidia_cuda_cupti"-*.whl 'nvidia/cu13/lib/*' -d "$1"
}

# Also the compiler, nvcc, is in these wheels.
unpack_cuda() {
  unzip -q "$cache/wheels/torch-$torch_version"-*.whl 'torch/lib/*' 'torch/include/*' -d "$1" \
    -x 'torch/include/google/*' 'torch/lib/libtorch_python*'
  for wheel in "$cache"/wheels/nvidia_*.whl; do unzip -q -o "$wheel" 'nvidia/*' -d "$1"; done
}

# install_libtorch <variant> <size>: makes $cache/<folder of the variant> from
# scripts/libtorch-<variant>.lock.
install_libtorch() {
  local variant="$1" size="$2" folder lock mark
  folder="$(libtorch_folder "$variant")"
  lock="$root/scripts/libtorch-$variant.lock"
  mark="$folder/.complete-$torch_version-$variant"
  [ -e "$mark" ] && return
  [ "$(uname -m)" = x86_64 ] || fail "the LibTorch that is used exists for x86_64 only"
  say "downloading LibTorch $torch_version for $variant ($size) into $cache"
  mkdir -p "$cache/wheels"
  download_wheels "$lock"
  say "unpacking"
  rm -rf "$folder.new"
  mkdir -p "$folder.new"
  "unpack_$variant" "$folder.new"
  touch "$folder.new/.complete-$torch_version-$variant"
  rm -rf "$folder"
  mv "$folder.new" "$folder"
  rm -rf "$cache/wheels"
}

# --- Python environment of the command line ----------------------------------

install_client_python() {
  local client="$root/clients/python" mark
  mark="$client_python/.complete-$(cat "$client"/requirements*.lock | sha256sum | cut -c1-16)"
  [ -e "$mark" ] && "$client_python/bin/python" -c '' 2>/dev/null && return
  say "making the Python environment of the command line in $client_python"
  /usr/bin/python3 -m venv --clear "$client_python"
  "$client_python/bin/python" -m pip install --disable-pip-version-check --quiet --require-hashes \
    --only-binary=:all: --requirement "$client/requirements.lock" \
    --requirement "$client/requirements-test.lock" >&2
  touch "$mark"
}

# The client's code that is made from the protos, when a proto has changed.
generate_client_stubs() {
  deepvision_python -c 'import generate_stubs
if generate_stubs.is_stale(): generate_stubs.generate()'
}

# --- Main --------------------------------------------------------------------

main() {
  local cuda=no client=yes
  for argument in "$@"; do
    case "$argument" in
      --cuda) cuda=yes ;;
      --server-only) client=no ;;
      *) fail "unknown option $argument (known: --cuda, --server-only)" ;;
    esac
  done

  install_packages
  mkdir -p "$cache"
  exec 9>"$cache/.setup.lock"
  flock --nonblock 9 || { say "waiting for another set-up to end"; flock 9; }
  install_libtorch cpu "530 MB"
  if [ "$cuda" = yes ]; then install_libtorch cuda "3 GB"; fi
  if [ "$client" = yes ]; then
    install_client_python
    generate_client_stubs
  fi
  say "ready"
}

main "$@"
