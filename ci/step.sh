#!/usr/bin/env bash
# Runs one step of a longer job, keeps its output and how it ended for ci/tally.py, and lets the job go on whatever
# happened: a step that fails is counted, not fatal.
#
#   ci/step.sh DIR NAME KIND COMMAND…
#
# Writes DIR/NAME.log (its output) and then DIR/NAME.status ("KIND EXIT_CODE"). KIND says where tally.py finds the
# counts: junit (DIR/NAME.xml), gotest (go test -json in the log, not shown here), closing (the log's last line is
# "N passed, N failed"), whole (the step is one test).
set -uo pipefail
dir=$1 name=$2 kind=$3
shift 3

mkdir -p "$dir"
rm -f "$dir/$name.status"
printf '== %s: %s\n' "$name" "$*"
if [[ $kind == gotest ]]; then
  "$@" >"$dir/$name.log" 2>&1
  code=$?
else
  "$@" 2>&1 | tee "$dir/$name.log"
  code=${PIPESTATUS[0]}
fi
printf '%s %s\n' "$kind" "$code" >"$dir/$name.status"
