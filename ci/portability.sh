#!/usr/bin/env bash
# mn's tests built in other ways than the main build: other compilers, whole-program optimisation, another CPU. One
# after the other, because each takes all cores to build. The last line is "N passed, N failed".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=$PWD/build/portability
rm -rf "$out"

CMAKE_BUILD_PARALLEL_LEVEL=${JOBS:-$(nproc)} ci/step.sh "$out" ways junit \
  ctest --preset release -L portability --no-tests=error --output-junit "$out/ways.xml"
exec python3 ci/tally.py "$out" ways
