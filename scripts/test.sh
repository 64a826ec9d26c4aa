#!/usr/bin/env bash
# Sets up, builds and runs all tests.
#
#   scripts/test.sh [ctest options]   for example: scripts/test.sh -R layering
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

./scripts/setup.sh
cmake --preset dev
cmake --build --preset dev
ctest --preset dev "$@"
