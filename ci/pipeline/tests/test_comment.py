"""ci.pipeline.comment against a forge of our own on the loopback: one comment on the right change, and no other."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from analysis.contracts import ROOT
from ci.pipeline.comment import MARK, MOST, PAGE, composed, main

Document = dict[str, Any]
MACHINES = ("amd64", "arm64")
BOT = {"login": "github-actions[bot]", "id": 7}
SOMEBODY = {"login": "somebody", "id": 8}


class Forge(BaseHTTPRequestHandler):
    """What both forges have in common: lists by page, and a list of comments that grows and changes."""

    lists: dict[str, list[Document]]
    comments: list[Document]
    asked: list[str]
    url: str
    refuses = False

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/user":
            return self.answer(BOT)
        items = self.comments if url.path.endswith(("/comments", "/notes")) else self.lists.get(url.path)
        if items is None:
            return self.answer({}, 404)
        asked = {name: int(value[0]) for name, value in parse_qs(url.query).items() if name in ("page", "per_page")}
        start = (asked["page"] - 1) * asked["per_page"]
        return self.answer(items[start : start + asked["per_page"]])

    def do_POST(self) -> None:
        self.comments.append({"id": 1000 + len(self.comments), "body": self.text(), "user": BOT, "author": BOT})
        self.answer({}, 403 if self.refuses else 201)

    def do_PATCH(self) -> None:
        number = int(self.path.rpartition("/")[2])
        next(comment for comment in self.comments if comment["id"] == number)["body"] = self.text()
        self.answer({})

    def do_PUT(self) -> None:
        self.do_PATCH()

    def text(self) -> str:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]

    def answer(self, document: Any, code: int = 200) -> None:
        self.asked.append(f"{self.command} {urlsplit(self.path).path}")
        self.send_response(code)
        self.end_headers()
        self.wfile.write(json.dumps(document).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def forge() -> Iterator[type[Forge]]:
    pulls = [{"number": n, "head": {"sha": f"sha{n}"}} for n in range(PAGE + 5)]
    its = type("Its", (Forge,), {"lists": {"/repos/o/r/pulls": pulls}, "comments": [], "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), its)
    its.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield its
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def gates(tmp_path: Path) -> Path:
    for machine, text in {"amd64": "**fail**: 12 % slower", "arm64": "**pass**"}.items():
        (tmp_path / machine).mkdir()
        (tmp_path / machine / "gate.md").write_text(text, encoding="utf-8")
    return tmp_path


def github(forge: Any, **changes: str) -> dict[str, str]:
    return {
        "GITHUB_TOKEN": "t", "GITHUB_API_URL": forge.url, "GITHUB_REPOSITORY": "o/r", "HEAD_SHA": "sha103", **changes
    }  # fmt: skip


def gitlab(forge: Any, **changes: str) -> dict[str, str]:
    return {
        "GATE_TOKEN": "t", "CI_API_V4_URL": forge.url, "CI_PROJECT_ID": "5", "CI_MERGE_REQUEST_IID": "3", **changes
    }  # fmt: skip


KINDS = pytest.mark.parametrize(
    ("kind", "variables", "place"),
    [("github", github, "/repos/o/r/issues/103/comments"), ("gitlab", gitlab, "/projects/5/merge_requests/3/notes")],
)


@KINDS
def test_it_is_written_once_and_then_again(
    forge: Any, gates: Path, kind: str, variables: Any, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([kind, str(gates), *MACHINES], variables(forge)) == 0
    assert f"POST {place}" in forge.asked
    assert main([kind, str(gates), *MACHINES], variables(forge)) == 0
    assert capsys.readouterr().out == "comment: written\ncomment: written again\n"
    (comment,) = forge.comments
    assert comment["body"].startswith(MARK)
    assert "## amd64\n\n**fail**: 12 % slower\n" in comment["body"]
    assert "## arm64\n\n**pass**\n" in comment["body"]


@KINDS
def test_ours_is_found_on_a_later_page_and_nobody_elses_is_touched(
    forge: Any, gates: Path, kind: str, variables: Any, place: str
) -> None:
    fake = {"id": 1, "body": f"{MARK} a fake", "user": SOMEBODY, "author": SOMEBODY}
    talk = [{"id": 10 + n, "body": "words", "user": BOT, "author": BOT} for n in range(PAGE)]
    ours = {"id": 500, "body": f"{MARK}\nold", "user": BOT, "author": BOT}
    forge.comments += [fake, *talk, ours]
    assert main([kind, str(gates), *MACHINES], variables(forge)) == 0
    assert len(forge.comments) == PAGE + 2
    assert forge.comments[0]["body"] == f"{MARK} a fake"
    assert "**fail**" in forge.comments[-1]["body"]


def test_a_commit_that_is_no_head_any_more_gets_none(
    forge: Any, gates: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["github", str(gates), *MACHINES], github(forge, HEAD_SHA="gone")) == 0
    assert capsys.readouterr().out == "comment: none was written: gone is the head of no open pull request (any more)\n"
    assert not forge.comments


@pytest.mark.parametrize(("kind", "variables"), [("github", {}), ("gitlab", {"CI_PROJECT_ID": "5"})])
def test_without_a_token_it_says_so_and_asks_nothing(
    gates: Path, kind: str, variables: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([kind, str(gates), *MACHINES], variables) == 0
    assert "is not set here; a pipeline of a fork has no token" in capsys.readouterr().out


def test_a_refusal_is_a_failure_in_one_line(forge: Any, gates: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forge.refuses = True
    assert main(["github", str(gates), *MACHINES], github(forge)) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"comment: POST {forge.url}/repos/o/r/issues/103/comments: 403")


def test_a_forge_out_of_reach_is_a_failure_in_one_line(gates: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Nowhere:
        url = "http://127.0.0.1:1"

    assert main(["github", str(gates), *MACHINES], github(Nowhere)) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_machine_without_a_result_is_told(gates: Path) -> None:
    (gates / "arm64" / "gate.md").unlink()
    text = composed(gates, [*MACHINES, "riscv64"])
    assert "## amd64\n\n**fail**: 12 % slower\n" in text
    for machine in ("arm64", "riscv64"):
        assert f"## {machine}\n\nThe gate wrote no result here; the job's log says why.\n" in text


def test_what_a_change_writes_calls_nobody_and_ends_somewhere(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "gate.md").write_text(f"@everybody {MARK}" + "long " * MOST, encoding="utf-8")
    text = composed(tmp_path, ["x"])
    assert "@everybody" not in text
    assert text.count(MARK) == 1
    assert len(text) < MOST + 100
    assert text.endswith("… cut here; the rest is in the job's summary.\n")


def test_a_link_in_a_result_shows_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the token", encoding="utf-8")
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "gate.md").symlink_to(tmp_path / "secret")
    assert "the token" not in composed(tmp_path, ["x"])


@pytest.mark.parametrize("arguments", [[], ["github"], ["github", "folder"], ["gitea", "folder", "amd64"]])
def test_a_wrong_call_gets_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments, {}) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "comment: give github or gitlab, a folder, and the machines that are expected there"


def test_it_needs_nothing_but_python(gates: Path) -> None:
    """Where it runs nothing is installed: without site-packages it must start all the same."""
    command = [sys.executable, "-S", "-m", "ci.pipeline.comment", "github", str(gates), *MACHINES]
    done = subprocess.run(command, cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("comment: none was written: GITHUB_TOKEN is not set here")
