#!/usr/bin/env bash
# Builds the distribution's Abseil, of the installed version, with the thread
# sanitizer: the packaged absl::Mutex does not tell it what it orders. For the
# preset "tsan" only, whose tests load these libraries in place of the packaged
# ones. Debian and its derivatives.
#
# Prints the folder of the libraries.
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

version="$(dpkg-query -W -f '${source:Version}' libabsl-dev)"
readonly version
readonly folder="$cache/abseil-tsan"

if [ "$(cat "$folder/version" 2>/dev/null || true)" = "$version" ]; then
  echo "$folder/lib"
  exit
fi

work="$(mktemp -d)"
readonly work
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/sources"
# The package sources of this machine, asked for sources.
for list in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
  [ -f "$list" ] || continue
  sed -e 's/^deb /deb-src /' -e 's/^Types: *deb *$/Types: deb-src/' "$list" >"$work/sources/$(basename "$list")"
done
apt_source() {
  apt-get -q -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$work/sources" \
    -o "Dir::State::Lists=$work/lists" "$@"
}
{
  # Of several lists only one must have it.
  apt_source update || true
  cd "$work"
  apt_source source --download-only "abseil=$version"
  dpkg-source --extract ./*.dsc source
  # The word that a thread sleeps on lies in memory of its own allocator, of which
  # the sanitizer sees only the mapping.
  echo 'set_source_files_properties(internal/waiter.cc PROPERTIES COMPILE_OPTIONS -fno-sanitize=thread)' \
    >>source/absl/synchronization/CMakeLists.txt
  cmake -S source -B build -G Ninja -DCMAKE_CXX_STANDARD=17 -DBUILD_SHARED_LIBS=ON -DCMAKE_BUILD_TYPE=None \
    -DCMAKE_CXX_FLAGS='-O1 -g1 -fsanitize=thread -w' -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
    -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_INSTALL_PREFIX="$work/installed"
  cmake --build build
  cmake --install build
  echo "$version" >"$work/installed/version"
  rm -rf "$folder"
  mkdir -p "$cache"
  mv "$work/installed" "$folder"
} >&2
echo "$folder/lib"
