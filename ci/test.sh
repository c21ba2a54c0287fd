#!/usr/bin/env bash
# Every test of the project but those that build mn in other ways (ci/portability.sh), each suite even where the one
# before it failed. The last line is "N passed, N failed".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=$PWD/build/test
rm -rf "$out"

ci/step.sh "$out" ctest junit ctest --preset release -LE portability -j "${JOBS:-$(nproc)}" --no-tests=error \
  --output-junit "$out/ctest.xml"
ci/step.sh "$out" go gotest env -C runtimes/go go test -json ./...
ci/step.sh "$out" pytest junit build/venv/bin/python -m pytest --junitxml="$out/pytest.xml" \
  analysis plots reports ci
exec python3 ci/tally.py "$out" ctest go pytest
