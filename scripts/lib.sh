# What the scripts share: the folders of the cache. Sourced, not run.
# shellcheck shell=bash

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
