# What is on this machine. Sourced by ci/setup.sh. Each probe is a question to the tool or the compiler itself and
# takes milliseconds.
# shellcheck shell=bash

has_tool() { command -v "$1" >/dev/null; }

# at_least HAVE WANT: whether version HAVE is WANT or newer.
at_least() { [[ $(printf '%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

# has_version TOOL LOWEST FLAG: whether TOOL is there and the first version number that `TOOL FLAG` prints will do.
has_version() {
  has_tool "$1" || return 1
  local text
  text=$("$1" "$3" 2>/dev/null) || return 1
  [[ $text =~ [0-9]+(\.[0-9]+)* ]] && at_least "${BASH_REMATCH[0]}" "$2"
}

# has_clang LOWEST: whether there is a clang++ of that version or newer, with or without its version in its name.
has_clang() {
  local name
  while read -r name; do
    if has_version "$name" "$1" --version; then return 0; fi
  done < <(compgen -c clang++ | sort -u)
  return 1
}

# Asks g++, in one run of its preprocessor, which libraries' headers it sees: sets `headers` to lines "have NAME VERSION".
ask_compiler() {
  headers=
  has_tool g++ || return 0
  headers=$(g++ -std=c++20 -x c++ -E -P - 2>/dev/null <<'SOURCE'
#if __has_include(<boost/fiber/all.hpp>) && __has_include(<boost/version.hpp>)
#include <boost/version.hpp>
have boost BOOST_VERSION
#endif
#if __has_include(<oneapi/tbb/version.h>) && __has_include(<oneapi/tbb/task_arena.h>)
have tbb 2021
#endif
#if __has_include(<benchmark/benchmark.h>)
have benchmark 1
#endif
#if __has_include(<gtest/gtest.h>)
have gtest 1
#endif
#if __has_include(<gmock/gmock.h>)
have gmock 1
#endif
#if __has_include(<CLI/CLI.hpp>)
have cli11 1
#endif
#if __has_include(<nlohmann/json.hpp>)
have json 3
#endif
#if __has_include(<fmt/format.h>)
have fmt 1
#endif
SOURCE
  ) || headers=
}

# has_library NAME LOWEST [FILE]: whether `ask_compiler` saw NAME at LOWEST or newer and, where FILE is given, the linker
# finds libFILE.
has_library() {
  [[ $headers =~ (^|$'\n')"have $1 "([0-9]+) ]] || return 1
  ((BASH_REMATCH[2] >= $2)) || return 1
  [[ $# -lt 3 ]] && return 0
  local suffix
  for suffix in so a; do
    # g++ answers with a path when it has found the file, with the bare name when not.
    [[ $(g++ -print-file-name="lib$3.$suffix") == */* ]] && return 0
  done
  return 1
}

# has_browser: whether there is a browser that the tests can drive. A snap does not count: it has a /tmp of its own, and the
# tests' pages are in ours. reports/tests/browser/chromium.py looks for the same.
has_browser() {
  local name path
  for name in chromium google-chrome; do
    path=$(command -v "$name") || continue
    [[ $(readlink -f "$path") == */snap ]] || return 0
  done
  return 1
}

# has_postgresql: whether there is a PostgreSQL server that the tests of the store can start. Debian keeps its programs out of PATH;
# ci/history/tests/postgresql.py looks for the same.
has_postgresql() {
  local path
  if has_tool postgres; then return 0; fi
  for path in "${POSTGRESQL_PLACE:-/usr/lib/postgresql}"/*/bin/postgres; do
    if [[ -x $path ]]; then return 0; fi
  done
  return 1
}

# find_python LOWEST: sets `python` and `python_version` to the first Python that is new enough and can make a virtual
# environment. (Debian packages ensurepip apart from Python, and a venv without it has no pip.)
find_python() {
  local candidate
  for candidate in python3 /usr/bin/python3; do
    has_tool "$candidate" || continue
    python=$(command -v "$candidate")
    python_version=$("$python" -I -c '
import sys, importlib.util as find
if not all(map(find.find_spec, ("venv", "ensurepip"))): sys.exit(1)
print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue
    at_least "$python_version" "$1" && return 0
  done
  return 1
}
