#!/usr/bin/env bash
# Sets up, builds and runs all tests.
#
#   scripts/test.sh [ctest options]   for example: scripts/test.sh -R layering
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

./scripts/setup.sh
cmake --preset dev
cmake --build --preset dev
ctest --preset dev "$@"
