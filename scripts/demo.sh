#!/usr/bin/env bash
# The main job from start to end: sets up, builds, starts the server, prints a
# network's topology and its prediction for a picture, writes a contact sheet of
# every layer, and makes images that excite units of three layers.
#
#   scripts/demo.sh [--model FILE] [--image FILE] [--out FOLDER] [--keep]
#
#   --model FILE   a TorchScript file of yours instead of the demo network
#   --image FILE   a picture of yours (PNG, JPEG, WebP) instead of a sample's
#   --out FOLDER   where the pictures go (default: build/demo)
#   --keep         leave the server running
set -euo pipefail

# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

model='' input='' out='' keep=no server_pid='' address=''

say() { printf '[demo] %s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

# existing_file <path>: the same, absolute.
existing_file() {
  [ -f "$1" ] || fail "there is no file $1"
  realpath -- "$1"
}

parse_arguments() {
  while [ $# -gt 0 ]; do
    case "$1" in
      --keep) keep=yes; shift; continue ;;
      --model | --image | --out) [ $# -gt 1 ] || fail "$1 needs a value" ;;
      *) fail "unknown option $1 (known: --model, --image, --out, --keep)" ;;
    esac
    case "$1" in
      --model) model="$(existing_file "$2")" ;;
      --image) input="$(existing_file "$2")" ;;
      --out) mkdir -p "$2"; out="$(realpath -- "$2")" ;;
    esac
    shift 2
  done
  out="${out:-$root/build/demo}"
  mkdir -p "$out"
}

build() {
  "$root/scripts/setup.sh"
  say "building the server"
  cmake --preset dev >/dev/null
  cmake --build --preset dev --target deepvision_server
}

free_port() {
  "$client_python/bin/python" -c '
import socket
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    print(probe.getsockname()[1])'
}

start_server() {
  local what=(--projects=projects)
  [ -z "$model" ] || what=(--model="$model")
  address="127.0.0.1:$(free_port)"
  say "starting the server on $address"
  build/dev/server/deepvision_server --listen="$address" "${what[@]}" --datasets=datasets \
    --state_dir="$out/state" --device=auto >"$out/server.log" 2>&1 &
  server_pid=$!
}

stop_server() {
  if [ -n "$server_pid" ]; then
    kill "$server_pid" 2>/dev/null || true
    wait "$server_pid" || true
  fi
}

# Returns when the server serves; fails when it ends instead.
wait_for_server() {
  client wait --for 120 &
  local client_pid=$!
  if ! wait -n "$server_pid" "$client_pid" || ! kill -0 "$server_pid" 2>/dev/null; then
    kill "$client_pid" 2>/dev/null || true
    tail -n 20 "$out/server.log" >&2
    fail "the server does not serve; its log is $out/server.log"
  fi
}

# The command line against our server.
client() { deepvision_client --server "$address" "$@"; }

first_network() {
  deepvision_python -c 'import deepvision, sys
print(next(iter(deepvision.connect(sys.argv[1]).networks())).id)' "$address"
}

show() {
  local network
  if [ -n "$model" ]; then network="$(first_network)"; else network=demo; fi
  client wait --for 300 --network "$network"
  client topology "$network"
  client activations "$network" --input "${input:-dataset:shapes/3}" --out "$out/$network"
  say "contact sheets of every layer: $out/$network"
  visualize "$network"
}

# Three layers that can be visualized: from early, in the middle and late.
some_layers() {
  deepvision_python -c 'import deepvision, sys
topology = deepvision.connect(sys.argv[1]).topology(sys.argv[2])
nodes = [n for n in topology.nodes if n.can_visualize and n.has_weights]
count = len(nodes)
for index in sorted({count // 6, count // 2, count - 1}):
    print(nodes[index].id)' "$address" "$1"
}

visualize() {
  local network="$1" layer
  say "visualizing units of three layers; scripts/demo.sh --model takes your network"
  some_layers "$network" | while read -r layer; do
    client visualize "$network" "$layer" --units "0-7" --steps 256 --watch \
      --out "$out/$network-visualizations/${layer//\//-}.png" </dev/null
  done
  say "images that excite units: $out/$network-visualizations"
}

say_goodbye() {
  if [ "$keep" = yes ]; then
    say "the server keeps running on $address; stop it with: kill $server_pid"
    disown "$server_pid"
    server_pid=''
  else
    say "stopping the server; scripts/demo.sh --keep leaves it running"
  fi
}

main() {
  parse_arguments "$@"
  cd "$root"
  build
  trap stop_server EXIT
  start_server
  wait_for_server
  show
  say_goodbye
}

main "$@"
