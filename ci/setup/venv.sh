# The Python tools: a virtual environment under build/, made from requirements.txt, and on demand the linters of
# ci/lint.txt in it. Sourced by ci/setup.sh.
#
# Invariant: a stamp is written last and names what was installed from, so one that agrees means a complete
# installation. An environment whose stamp does not agree is thrown away and made anew, so an interrupted pip leaves no
# half of one.
# shellcheck shell=bash

venv=$root/build/venv

# stamp_of FILE: what FILE and the Python in use amount to.
stamp_of() {
  local sum
  sum=$(sha256sum <"$1")
  printf '%s %s %s' "${sum%% *}" "$python" "$python_version"
}

# stamped NAME FILE: whether the stamp NAME agrees.
stamped() { [[ -x $venv/bin/python && -r $venv/$1 && $(<"$venv/$1") == "$(stamp_of "$2")" ]]; }

venv_is_current() {
  [[ -r $root/requirements.txt ]] || fail "requirements.txt is not there; is this a whole checkout?"
  stamped .stamp "$root/requirements.txt"
}

make_venv() {
  local start=$SECONDS
  say "making build/venv with Python $python_version; pip installs requirements.txt"
  mkdir -p "$root/build"
  rm -rf "$venv"
  "$python" -m venv "$venv" >"$log" 2>&1 || fail "python -m venv failed: $(tail -n 1 "$log") (see $log)"
  pip_install requirements.txt .stamp
  say "made build/venv in $((SECONDS - start)) s"
}

lint_is_current() { stamped .lint-stamp "$root/ci/lint.txt"; }

install_lint() {
  say "pip installs ci/lint.txt into build/venv"
  pip_install ci/lint.txt .lint-stamp
}

# pip_install FILE STAMP
pip_install() {
  "$venv/bin/python" -m pip install --no-input --disable-pip-version-check -r "$root/$1" >>"$log" 2>&1 ||
    fail "pip could not install $1: $(pip_complaint) (see $log)"
  stamp_of "$root/$1" >"$venv/$2"
}

# pip repeats itself: the first line that names a connection is the cause, else its last error.
pip_complaint() {
  grep -m 1 -oE 'Failed to establish a new connection.*|Temporary failure in name resolution' "$log" ||
    { grep '^ERROR' "$log" || cat "$log"; } | tail -n 1
}
