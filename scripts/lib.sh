# What the scripts share: the folders and the Python client. Sourced, not run.
# shellcheck shell=bash

# The repository.
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly root

# The variable is also read by CMake (cmake/FindLibTorch.cmake).
export DEEPVISION_CACHE="${DEEPVISION_CACHE:-$HOME/.cache/deepvision}"
readonly cache="$DEEPVISION_CACHE"

# Python environment of the command line (clients/python).
# shellcheck disable=SC2034
readonly client_python="$cache/python"

# libtorch_folder <variant>: holds torch/ and nvidia/ side by side.
libtorch_folder() {
  case "$1" in
    cpu) echo "$cache/libtorch" ;;
    *) echo "$cache/libtorch-$1" ;;
  esac
}

# deepvision_python …: that Python, with our client in its path, and what tests share.
deepvision_python() {
  PYTHONPATH="$root/clients/python:$root/tests/support" "$client_python/bin/python" "$@"
}

# deepvision_client …: the command `deepvision`.
deepvision_client() { deepvision_python -m deepvision "$@"; }

# pytorch_python PACKAGE…: prints a Python with PyTorch and torchvision, which is made
# in the cache folder (5 GB), with these packages, unless DEEPVISION_PYTORCH names one.
pytorch_python() {
  if [ -n "${DEEPVISION_PYTORCH:-}" ]; then
    echo "$DEEPVISION_PYTORCH"
    return
  fi
  local folder="$cache/pytorch-2.11.0"
  if [ ! -d "$folder" ]; then
    printf 'installing PyTorch into %s\n' "$folder" >&2
    rm -rf "$folder.new"
    python3 -m venv "$folder.new"
    "$folder.new/bin/python" -m pip install --quiet torch==2.11.0 torchvision==0.26.0 >&2
    mv "$folder.new" "$folder"
  fi
  "$folder/bin/python" -m pip install --quiet "$@" >&2
  echo "$folder/bin/python"
}

# Objects of one checkout serve another: paths below the root are hashed as
# relative ones.
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1
