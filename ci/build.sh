#!/usr/bin/env bash
# Configures a CMake preset where that is due, and builds it. Ninja itself configures again when a CMakeLists.txt
# changes; what it cannot see is a change of the presets or of the flags given here, so those make a stamp.
#
#   ci/build.sh PRESET JOBS [CONFIGURE FLAGS…]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=$1 jobs=$2
shift 2

stamp=build/$preset/.configured
wanted="$(sha256sum CMakePresets.json) $*"
mkdir -p "build/$preset"
if [[ ! -e build/$preset/build.ninja || ! -e $stamp || $(<"$stamp") != "$wanted" ]]; then
  rm -f "$stamp"
  # Short where all is well, whole where it is not.
  if ! cmake --preset "$preset" "$@" >"build/$preset/configure.log" 2>&1; then
    cat "build/$preset/configure.log" >&2
    exit 1
  fi
  printf '%s' "$wanted" >"$stamp"
fi
exec cmake --build --preset "$preset" -j "$jobs"
