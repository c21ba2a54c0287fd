"""The distribution's PostgreSQL, started for the tests: a server of their own in a folder of its own, on a socket there
and on no port, by a user that is not root, which it refuses. It ends with the tests, and with their process if that is
killed.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT
from tempfile import mkdtemp

import psycopg

# Debian keeps its programs out of PATH; ci/setup/probe.sh looks for the same.
PLACES = "/usr/lib/postgresql/*/bin/postgres"
WHY_NONE = f"no PostgreSQL: neither in PATH nor as {PLACES}"
QUICK = ("fsync=off", "full_page_writes=off", "listen_addresses=", "shared_buffers=16MB", "max_connections=20")


def find() -> Path | None:
    """The folder of the newest server's programs."""
    in_path = shutil.which("postgres")
    found = [Path(in_path)] if in_path else sorted(Path("/").glob(PLACES[1:]), key=lambda p: int(p.parts[-3]))
    return found[-1].resolve().parent if found else None


@contextmanager
def started(programs: Path) -> Iterator[str]:
    """Gives the URL of a database. Its folder is right under /tmp: a socket's path may not be long."""
    folder = Path(mkdtemp(prefix="threadmark-postgresql-", dir="/tmp"))
    command = ["setpriv", "--pdeathsig", "INT"]
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
        command += ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
    try:
        data, log = folder / "data", folder / "log"
        make = [programs / "initdb", "-D", data, "-U", "threadmark", "--auth=trust", "-E", "UTF8", "--locale=C", "-N"]
        subprocess.run([*command, *make], check=True, capture_output=True, cwd=folder, timeout=120)
        options = [word for setting in QUICK for word in ("-c", setting)]
        with log.open("wb") as words:
            server = subprocess.Popen(
                [*command, programs / "postgres", "-D", data, "-k", folder, *options], stderr=words, cwd=folder
            )
        try:
            wait_for(f"host={folder} user=threadmark dbname=postgres", server, log)
            yield f"postgresql+psycopg://threadmark@/postgres?host={folder}"
        finally:
            server.send_signal(SIGINT)  # does nothing to one that has ended
            server.wait(timeout=60)
    finally:
        shutil.rmtree(folder)


def wait_for(place: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        assert server.poll() is None, log.read_text(errors="replace")
        try:
            psycopg.connect(place).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text(errors="replace"))
