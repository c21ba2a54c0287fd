#!/usr/bin/env bash
# Installs what the project needs and this machine lacks, and nothing else; a second call finds nothing to do.
#
#   ci/setup.sh               what building, testing and benchmarking need
#   ci/setup.sh lint          that, and the linters of `make check`
#   ci/setup.sh portability   that, and the compilers and the emulator of `make portability`
#
# Invariants: what is there is asked of the tools themselves (the compiler says which headers it sees), never of a
# package list, so libraries in /usr/local count too. With nothing missing, no network, no sudo and no package manager
# is touched. Which package supplies a thing is decided by what apt offers here, never by the name of the distribution.
# apt, pip and their proxies are used as the machine has configured them. Every failure is one line on standard error.
# A browser alone can be done without, where apt has none (Ubuntu): that is said once, and remembered in build/.no-browser.
set -euo pipefail
export LC_ALL=C
export GOTOOLCHAIN=local               # a version must be what is here, not what go would download
export PATH=$PATH:/usr/local/go/bin    # where Go's own installer puts it; the Makefile looks there too

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
log=$root/build/setup.log
no_browser=$root/build/.no-browser

say() { printf 'setup: %s\n' "$*"; }
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

# shellcheck source=ci/setup/probe.sh
. "$root/ci/setup/probe.sh"
# shellcheck source=ci/setup/apt.sh
. "$root/ci/setup/apt.sh"
# shellcheck source=ci/setup/venv.sh
. "$root/ci/setup/venv.sh"
# shellcheck source=ci/setup/go.sh
. "$root/ci/setup/go.sh"

# Fills `missing` with "what it is|package|lowest version", one entry for each thing that is not here. The version is
# empty where any will do. `boost-fiber` is no package's name, and `clang` not always the right one: apt.sh finds one that is new enough.
find_missing() {
  missing=()
  has_version g++ 12 -dumpfullversion || missing+=("g++|g++|12")
  has_version cmake 3.25 --version || missing+=("CMake|cmake|3.25")
  has_tool ninja || missing+=("Ninja|ninja-build|")
  has_tool ccache || missing+=("ccache|ccache|")
  has_tool gdb || missing+=("gdb|gdb|")
  has_tool valgrind || missing+=("Valgrind|valgrind|")
  has_tool strace || missing+=("strace|strace|")
  has_tool wrk || missing+=("wrk|wrk|")
  ask_compiler
  has_library boost 108100 boost_fiber || missing+=("Boost.Fiber|boost-fiber|1.81")
  has_library tbb 2021 tbb || missing+=("oneTBB|libtbb-dev|2021")
  has_library benchmark 1 benchmark || missing+=("Google Benchmark|libbenchmark-dev|")
  has_library gtest 1 gtest || missing+=("GoogleTest|libgtest-dev|")
  has_library gmock 1 gmock || missing+=("GoogleMock|libgmock-dev|")
  has_library cli11 1 || missing+=("CLI11|libcli11-dev|")
  has_library json 3 || missing+=("nlohmann-json|nlohmann-json3-dev|3")
  has_library fmt 1 fmt || missing+=("fmt|libfmt-dev|")
  has_version go 1.19 version || missing+=("Go|golang-go|1.19")
  has_browser || [[ -e $no_browser ]] || missing+=("Chromium|chromium|")
  has_postgresql || missing+=("PostgreSQL|postgresql|")
  has_version java 17 --version || missing+=("Java|default-jre-headless|")
  if ! find_python 3.11; then missing+=("Python|python3|3.11" "Python's venv|python3-venv|3.11"); fi
  if [[ $group == lint ]]; then
    has_tool shellcheck || missing+=("ShellCheck|shellcheck|")
  fi
  if [[ $group == portability ]]; then
    has_clang 16 || missing+=("clang++|clang|16")
    has_tool aarch64-linux-gnu-g++ || missing+=("g++ for aarch64|g++-aarch64-linux-gnu|")
    has_tool qemu-aarch64 || has_tool qemu-aarch64-static || missing+=("qemu for aarch64 programs|qemu-user|")
    [[ -r ${GTEST_SOURCE:-/usr/src/googletest}/CMakeLists.txt ]] || missing+=("GoogleTest's sources|googletest|")
  fi
}

group=${1-}
if [[ $# -gt 1 || ($group != "" && $group != lint && $group != portability) ]]; then
  printf 'setup: unknown argument "%s"; known: lint portability\n' "$*" >&2
  exit 2
fi

idle=yes
find_missing
if ((${#missing[@]})); then
  idle=no
  mkdir -p "$root/build"
  : >"$log"
  install_missing
  find_missing
  ((${#missing[@]} == 0)) ||
    fail "installed, but still not found or too old: $(whats); is another one first in PATH? (see $log)"
fi
if ! venv_is_current; then
  idle=no
  make_venv
fi
if [[ $group == lint ]] && ! lint_is_current; then
  idle=no
  install_lint
fi
if [[ $group == lint ]] && ! go_lint_is_current; then
  idle=no
  install_go_lint
fi
[[ $idle == no ]] || say "nothing to do"
