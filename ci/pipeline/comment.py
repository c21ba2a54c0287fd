"""python3 -m ci.pipeline.comment github|gitlab FOLDER MACHINE…: says what the gate found, in one comment on the change.

FOLDER has a folder for each machine, with the gate.md that `make gate` wrote there. A machine that has none is told,
because silence would look like a pass. The comment is found by its first line and written again; only one of the
token's own user counts. Needs nothing but Python, so that a job that may write comments installs nothing.

Invariant: the text comes from a build of somebody's change, so it is never believed: it decides neither where the
comment goes nor what is run, nobody is called by a name in it, and it is cut to what a comment may hold. Where no
comment can be written, as in a fork's pipeline without a token, one line says so.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

MARK = "<!-- threadmark: gate -->"
MOST = 60_000  # characters; GitHub takes 65,536 and GitLab a million
PAGE = 100
NONE = "The gate wrote no result here; the job's log says why."


class NoComment(Exception):
    """There is nowhere to write it, which is no failure."""


class Refused(Exception):
    """The forge did not do what it was asked."""


class GitHub:
    """The pull request is the open one whose head is the commit that was judged: the event that starts the commenting
    workflow names none for forks, and what the judged build says is not to be believed."""

    def __init__(self, variables: dict[str, str]) -> None:
        token = needed(variables, "GITHUB_TOKEN")
        self.headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
        self.root = f"{needed(variables, 'GITHUB_API_URL')}/repos/{needed(variables, 'GITHUB_REPOSITORY')}"
        self.head = needed(variables, "HEAD_SHA")
        self.user = variables.get("COMMENT_USER", "github-actions[bot]")

    def comments(self) -> tuple[str, Iterator[dict[str, Any]]]:
        pulls = pages(f"{self.root}/pulls?state=open", self.headers)
        number = next((pull["number"] for pull in pulls if pull["head"]["sha"] == self.head), None)
        if number is None:
            raise NoComment(f"{self.head} is the head of no open pull request (any more)")
        place = f"{self.root}/issues/{number}/comments"
        found = pages(place, self.headers)
        return place, ({"id": c["id"], "text": c["body"], "own": c["user"]["login"] == self.user} for c in found)

    def edit(self, place: str, comment: int, text: str) -> None:
        ask("PATCH", f"{self.root}/issues/comments/{comment}", self.headers, {"body": text})


class GitLab:
    """A merge request's pipeline knows which it is of. CI_JOB_TOKEN may not write notes, so a token of the project's is
    needed, which a fork's pipeline does not have."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.headers = {"PRIVATE-TOKEN": needed(variables, "GATE_TOKEN")}
        self.api = needed(variables, "CI_API_V4_URL")
        project = quote(needed(variables, "CI_PROJECT_ID"), safe="")
        request = quote(needed(variables, "CI_MERGE_REQUEST_IID"), safe="")
        self.root = f"{self.api}/projects/{project}/merge_requests/{request}/notes"

    def comments(self) -> tuple[str, Iterator[dict[str, Any]]]:
        user = ask("GET", f"{self.api}/user", self.headers)["id"]
        notes = pages(f"{self.root}?sort=asc&order_by=created_at", self.headers)
        return self.root, ({"id": n["id"], "text": n["body"], "own": n["author"]["id"] == user} for n in notes)

    def edit(self, place: str, comment: int, text: str) -> None:
        ask("PUT", f"{place}/{comment}", self.headers, {"body": text})


FORGES = {"github": GitHub, "gitlab": GitLab}


def main(arguments: list[str], variables: dict[str, str]) -> int:
    if len(arguments) < 3 or arguments[0] not in FORGES:
        print("comment: give github or gitlab, a folder, and the machines that are expected there", file=sys.stderr)
        return 2
    kind, folder, *machines = arguments
    try:
        forge = FORGES[kind](variables)
        place, comments = forge.comments()
        before = next((c["id"] for c in comments if c["own"] and c["text"].startswith(MARK)), None)
        text = composed(Path(folder), machines)
        if before is None:
            ask("POST", place, forge.headers, {"body": text})
        else:
            forge.edit(place, before, text)
    except NoComment as error:
        print(f"comment: none was written: {error}")
        return 0
    except Refused as error:
        print(f"comment: {error}", file=sys.stderr)
        return 1
    print("comment: written" if before is None else "comment: written again")
    return 0


def composed(folder: Path, machines: Sequence[str]) -> str:
    found = {machine: result_in(folder / machine) or NONE for machine in machines}
    parts = [harmless(f"## {machine}\n\n{text.strip()}\n") for machine, text in found.items()]
    text = "\n".join([MARK, *parts])
    return text if len(text) <= MOST else text[:MOST] + "\n\n… cut here; the rest is in the job's summary.\n"


def result_in(folder: Path) -> str | None:
    """Not of a link, which might lead to what the text is not to show."""
    path = folder / "gate.md"
    if path.is_symlink() or not path.is_file():
        return None
    return path.read_text(encoding="utf-8", errors="replace")


def harmless(text: str) -> str:
    """A name after an @ would call somebody: a space of no width keeps the two apart."""
    return text.replace("@", "@\u200b").replace(MARK, "")


def needed(variables: dict[str, str], name: str) -> str:
    if not variables.get(name):
        raise NoComment(f"{name} is not set here; a pipeline of a fork has no token")
    return variables[name]


def pages(url: str, headers: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Every item, page after page: a page that is not full is the last."""
    page = 1
    while True:
        items = ask("GET", f"{url}{'&' if '?' in url else '?'}per_page={PAGE}&page={page}", headers)
        yield from items
        if len(items) < PAGE:
            return
        page += 1


def ask(method: str, url: str, headers: dict[str, str], document: dict[str, Any] | None = None) -> Any:
    content = None if document is None else json.dumps(document).encode()
    asked = urllib.request.Request(url, content, {**headers, "Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        error.close()
        raise Refused(f"{method} {url}: {error.code} {error.reason}") from error
    except (OSError, ValueError) as error:
        raise Refused(f"{method} {url}: {error}") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], dict(os.environ)))
