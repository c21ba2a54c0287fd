# The Python tools: a virtual environment under build/, made from requirements.txt. Sourced by ci/setup.sh.
#
# Invariant: build/venv/.stamp is written last and names what the environment was made from; a stamp that agrees
# means a complete environment. Anything else is thrown away and made anew, so an interrupted pip leaves no half of one.
# shellcheck shell=bash

venv=$root/build/venv

venv_wanted() {
  local sum
  sum=$(sha256sum <"$root/requirements.txt")
  printf '%s %s %s' "${sum%% *}" "$python" "$python_version"
}

venv_is_current() {
  [[ -r $root/requirements.txt ]] || fail "requirements.txt is not there; is this a whole checkout?"
  [[ -x $venv/bin/python && -r $venv/.stamp && $(<"$venv/.stamp") == "$(venv_wanted)" ]]
}

make_venv() {
  local wanted start=$SECONDS
  wanted=$(venv_wanted)
  say "making build/venv with Python $python_version; pip installs requirements.txt"
  mkdir -p "$root/build"
  rm -rf "$venv"
  "$python" -m venv "$venv" >"$log" 2>&1 || fail "python -m venv failed: $(tail -n 1 "$log") (see $log)"
  "$venv/bin/python" -m pip install --no-input --disable-pip-version-check -r "$root/requirements.txt" >>"$log" 2>&1 ||
    fail "pip could not install requirements.txt: $(pip_complaint) (see $log)"
  printf '%s' "$wanted" >"$venv/.stamp"
  say "made build/venv in $((SECONDS - start)) s"
}

# pip repeats itself: the first line that names a connection is the cause, else its last error.
pip_complaint() {
  grep -m 1 -oE 'Failed to establish a new connection.*|Temporary failure in name resolution' "$log" ||
    { grep '^ERROR' "$log" || cat "$log"; } | tail -n 1
}
