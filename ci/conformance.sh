#!/usr/bin/env bash
# Tries the rules of runtimes/conformance on every model and on Go, and writes what came of it: conformance.sh TARGET
# (conformance.json). The programs' own output is in build/conformance.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=$PWD/build/conformance
rm -rf "$out"
mkdir -p "$out"
echo "the rules, on every model (a minute)"

# A rule that fails is a result; the last program says so.
ctest --preset release -L conformance -j "${JOBS:-$(nproc)}" --no-tests=error --output-junit "$out/ctest.xml" \
  >"$out/ctest.log" 2>&1 || true
env -C runtimes/go go test -count=1 -json ./conformance >"$out/go.log" 2>&1 || true
exec build/venv/bin/python -m analysis.conformance "$out" "$1"
