# The linters that are Go programs: built by `go install` from ci/lint-go.txt into build/lint. Sourced by ci/setup.sh.
#
# Invariant: the stamp is written last and names what was installed from, so one that agrees means a complete installation.
# shellcheck shell=bash

go_linters=$root/build/lint

go_lint_is_current() {
  [[ -r $go_linters/.stamp && $(<"$go_linters/.stamp") == "$(sha256sum <"$root/ci/lint-go.txt")" ]]
}

install_go_lint() {
  local module
  say "go installs ci/lint-go.txt into build/lint"
  mkdir -p "$go_linters"
  while read -r module; do
    [[ -n $module && $module != '#'* ]] || continue
    GOBIN=$go_linters go install "$module" >>"$log" 2>&1 ||
      fail "go could not install $module: $(tail -n 1 "$log") (see $log)"
  done <"$root/ci/lint-go.txt"
  sha256sum <"$root/ci/lint-go.txt" >"$go_linters/.stamp"
}
