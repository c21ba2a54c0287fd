#!/usr/bin/env bash
# What a pod does: measures once, in the profile that PROFILE names, and takes the run into the store that
# THREADMARK_STORE names.
#
# Measuring is never tried again. Importing is, for some minutes: the pod's disk ends with it, and a store that was
# restarted must not cost a run of an hour. A store that has the run already says so, and that is well.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fail() {
  printf 'measure: %s\n' "$*" >&2
  exit 1
}
# Asked before the hour that it takes.
[[ -n ${THREADMARK_STORE-} ]] || fail "THREADMARK_STORE is not set; it is the URL of the store"

make bench PROFILE="${PROFILE:-full}" || fail "the run failed; nothing was taken into the store"
make counts || fail "the counts failed; nothing was taken into the store"
for pause in ${MEASURE_PAUSES-0 10 30 60 120 240 480}; do
  sleep "$pause"
  if build/venv/bin/python -m ci.history import out/latest; then exit 0; fi
done
fail "the store did not take the run, and it ends with this pod"
