#!/usr/bin/env bash
# Every test of the project but those that build mn in other ways (ci/portability.sh), each suite even where the one
# before it failed. The last line is "N passed, N failed".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=$PWD/build/test
rm -rf "$out"

# mn's tests are also run with perturbed decisions, from a seed that differs each time; a failure repeats with it.
MN_CHAOS_RANDOM=${MN_CHAOS_RANDOM:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
export MN_CHAOS_RANDOM
echo "the seed of mn.chaos.random is MN_CHAOS_RANDOM=$MN_CHAOS_RANDOM"

ci/step.sh "$out" ctest junit ctest --preset release -LE portability -j "${JOBS:-$(nproc)}" --no-tests=error \
  --output-junit "$out/ctest.xml"
ci/step.sh "$out" go gotest env -C runtimes/go go test -count=1 -json ./...
# A file's tests stay together, because they share what is dear to make: pages, a browser, a PostgreSQL.
ci/step.sh "$out" pytest junit build/venv/bin/python -m pytest -n "${JOBS:-$(nproc)}" --dist loadfile \
  --junitxml="$out/pytest.xml" benchmarks analysis plots reports ci
ci/step.sh "$out" conformance whole build/venv/bin/python -m analysis.conformance "$out" out/conformance.json
exec python3 ci/tally.py "$out" ctest go pytest conformance
