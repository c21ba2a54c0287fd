"""A pretended machine for the tests of ci/setup.sh: a PATH of our own with real text tools, and stand-ins for
everything that setup.sh asks about or changes. Every call of apt-get, sudo and pip is written down in `calls`.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

CI = Path(__file__).resolve().parents[1]

# What setup.sh and the stand-ins use without asking whether it is there.
REAL_TOOLS = "awk bash cat chmod cp cut dirname env grep head mkdir mv readlink rm sha256sum sort tail touch"

# Which package makes the preprocessor see what.
LIBRARIES = {
    "libboost-fiber1.81-dev": "boost 108100",
    "libboost-fiber1.83-dev": "boost 108300",
    "libboost-fiber-dev": "boost 108300",
    "libtbb-dev": "tbb 2021",
    "libbenchmark-dev": "benchmark 1",
    "libgtest-dev": "gtest 1",
    "libgmock-dev": "gmock 1",
    "libcli11-dev": "cli11 1",
    "nlohmann-json3-dev": "json 3",
    "libfmt-dev": "fmt 1",
}

DEBIAN_12 = """\
libboost-fiber-dev 1.74.0.3
libboost-fiber1.74-dev 1.74.0+ds1-21
libboost-fiber1.81-dev 1.81.0-5+deb12u1
libboost-fiber1.81.0 1.81.0-5+deb12u1
libtbb-dev 2021.8.0-2
libfmt-dev 9.1.0+ds1-2
libcli11-dev 2.1.2+ds-1
g++ 4:12.2.0-3
shellcheck 0.9.0-1
clang 1:14.0-55.7~deb12u1
clang-14 1:14.0.6-12
clang-16 1:16.0.6-15~deb12u1
clang-19 1:19.1.7-3~deb12u1
clang-format-19 1:19.1.7-3~deb12u1
g++-aarch64-linux-gnu 4:12.2.0-3
qemu-user 1:7.2+dfsg-7
googletest 1.12.1-0.2
chromium 150.0.7871.46-1~deb12u1
default-jre-headless 2:1.17-74
postgresql 15+248+deb12u1
"""

# Which package brings which program, and what that says when asked for its version.
PROGRAMS = {
    "shellcheck": "shellcheck 0.9",
    "clang": "clang++ 14.0.6",
    "clang-16": "clang++-16 16.0.6",
    "clang-19": "clang++-19 19.1.7",
    "g++-aarch64-linux-gnu": "aarch64-linux-gnu-g++ 12.2.0",
    "qemu-user": "qemu-aarch64 7.2",
    "chromium": "chromium 150.0",
    "default-jre-headless": "java 17.0.15",
    "postgresql": "postgres 15.12",
}

FAKES = {
    # Says that it "has" a library once a line of it stands in the machine's file `have`.
    "g++": r"""
case "$*" in
  -dumpfullversion) cat "$MACHINE/g++-version" ;;
  *-E*) while read -r line; do echo "have $line"; done <"$MACHINE/have" ;;
  -print-file-name=*) echo "/usr/lib/${1#*=}" ;;
esac""",
    "cmake": "echo 'cmake version 3.25.1'",
    "ninja": "echo 1.11",
    "ccache": "echo 4",
    "gdb": "echo 'GNU gdb (GDB) 13.1'",
    "go": r"""
if [ "$1" = version ]; then echo "go version go1.19.8 linux/amd64"; exit; fi
echo "go $*" >>"$MACHINE/calls"
if [ -e "$MACHINE/go-fails" ]; then cat "$MACHINE/go-fails"; exit 1; fi""",
    "valgrind": "echo 'valgrind-3.19.0'",
    "strace": "echo 'strace -- version 6.1'",
    "wrk": "echo 'wrk debian/4.1.0 [epoll]'",
    "chromium": "echo 'Chromium 150.0'",
    "java": "echo 'openjdk 17.0.15 2025-04-15'",
    "postgres": "echo 'postgres (PostgreSQL) 15.12'",
    "id": 'cat "$MACHINE/uid"',
    # Makes a virtual environment whose python writes pip's calls down.
    "python3": r"""
if [ "$1" = -I ]; then echo 3.11.2; exit; fi
echo "python3 $*" >>"$MACHINE/calls"
mkdir -p "$3/bin"
cp "$MACHINE/bin/pip-of-venv" "$3/bin/python" """,
    # The environment's python, of which setup.sh uses pip alone.
    "pip-of-venv": r"""
echo "pip $*" >>"$MACHINE/calls"
if [ -e "$MACHINE/pip-fails" ]; then cat "$MACHINE/pip-fails"; exit 1; fi""",
    "apt-get": r"""
echo "apt-get $*" >>"$MACHINE/calls"
case " $* " in
  *" update "*)
    if [ -e "$MACHINE/offline" ]; then echo "W: Failed to fetch x  Could not resolve 'mirror'"; exit 0; fi
    if [ -e "$MACHINE/offered-after-update" ]; then mv "$MACHINE/offered-after-update" "$MACHINE/offered"; fi ;;
  *" install "*)
    if [ -e "$MACHINE/install-fails" ]; then cat "$MACHINE/install-fails"; exit 100; fi
    for word in "$@"; do
      while IFS='|' read -r package line; do
        if [ "$package" = "$word" ]; then echo "$line" >>"$MACHINE/have"; fi
      done <"$MACHINE/supplies"
      while IFS='|' read -r package program version; do
        if [ "$package" = "$word" ]; then
          printf '#!/bin/bash\necho %s\n' "$version" >"$MACHINE/bin/$program"
          chmod +x "$MACHINE/bin/$program"
        fi
      done <"$MACHINE/programs"
      if [ "$word" = googletest ]; then touch "$GTEST_SOURCE/CMakeLists.txt"; fi
    done ;;
esac""",
    "apt-cache": r"""
verb=$1; shift
case $verb in
  pkgnames) grep -o "^$1[^ ]*" "$MACHINE/offered" ;;
  policy)
    for name in "$@"; do
      while read -r package version; do
        if [ "$package" = "$name" ]; then printf '%s:\n  Installed: (none)\n  Candidate: %s\n' "$name" "$version"; fi
      done <"$MACHINE/offered"
    done ;;
esac""",
}


class Machine:
    """Has everything, as root, and Debian 12's packages on offer, until told otherwise."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.project = path / "project"
        self.bin = path / "bin"
        self.bin.mkdir(parents=True)
        (self.project / "ci").mkdir(parents=True)
        shutil.copy(CI / "setup.sh", self.project / "ci")
        shutil.copytree(CI / "setup", self.project / "ci" / "setup")
        for linters in ("lint.txt", "lint-go.txt"):
            shutil.copy(CI / linters, self.project / "ci")
        (self.project / "requirements.txt").write_text("something==1\n")
        for tool in REAL_TOOLS.split():
            real = shutil.which(tool)
            assert real, tool
            (self.bin / tool).symlink_to(real)
        for name, body in FAKES.items():
            self.put(name, body)
        self.write("uid", "0")
        self.write("g++-version", "12.2.0")
        self.write("offered", DEBIAN_12)
        self.write("supplies", "".join(f"{package}|{line}\n" for package, line in LIBRARIES.items()))
        self.write("programs", "".join(f"{package}|{line.replace(' ', '|')}\n" for package, line in PROGRAMS.items()))
        (path / "googletest").mkdir()
        boosts = {"libboost-fiber-dev", "libboost-fiber1.83-dev"}
        self.write("have", "".join(line + "\n" for package, line in LIBRARIES.items() if package not in boosts))

    def put(self, name: str, body: str) -> None:
        program = self.bin / name
        program.unlink(missing_ok=True)
        program.write_text(f"#!/bin/bash\n{body}\n")
        program.chmod(0o755)

    def take_away(self, name: str) -> None:
        (self.bin / name).unlink()

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text)

    def lacks(self, *packages: str) -> None:
        lines = (self.path / "have").read_text().splitlines()
        gone = {LIBRARIES[package] for package in packages}
        self.write("have", "".join(line + "\n" for line in lines if line not in gone))

    def setup(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        self.write("calls", "")
        environment = {
            "PATH": str(self.bin),
            "MACHINE": str(self.path),
            "HOME": str(self.path),
            "GTEST_SOURCE": str(self.path / "googletest"),
            "POSTGRESQL_PLACE": str(self.path / "postgresql"),
        }
        return subprocess.run(
            ["bash", str(self.project / "ci" / "setup.sh"), *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        return (self.path / "calls").read_text().splitlines()

    def calls_of(self, program: str) -> list[str]:
        return [call for call in self.calls if call.startswith(program + " ")]
