"""ci/notes.toml: what it may say, what it means, and what is said of what does not fit."""

from pathlib import Path

import pytest

from analysis.contracts import ROOT
from ci.dashboard.given import Unusable, notes
from ci.dashboard.given.notes import Acknowledged, Note, Notes
from ci.dashboard.tests import made

ACKNOWLEDGED = '[[acknowledged]]\nsubject = "s"\ncommit = "1f1f1f1"\nwhy = "w"\n'
NOTE = '[[note]]\ncommit = "1f1f1f1"\ntext = "t"\n'


def read(folder: Path, text: str) -> Notes:
    path = folder / "notes.toml"
    path.write_text(text, encoding="utf-8")
    return notes.read(path, asked=True)


def test_all_that_can_be_said(tmp_path: Path) -> None:
    text = ACKNOWLEDGED + 'machine = "a2a2"\nby = "b"\nuntil = 2030-02-01\n' + NOTE
    assert read(tmp_path, text) == Notes(
        (Acknowledged("s", "1f1f1f1", "w", "a2a2", "b", "2030-02-01"),), (Note("1f1f1f1", "t"),)
    )
    assert read(tmp_path, "") == Notes()


def test_the_file_of_the_repository_can_be_read() -> None:
    assert isinstance(notes.read(ROOT / "ci" / "notes.toml", asked=True), Notes)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (ACKNOWLEDGED + 'who = "x"\n', "'who' was unexpected"),
        (ACKNOWLEDGED.replace('why = "w"\n', ""), "'why' is a required property"),
        (ACKNOWLEDGED.replace("1f1f1f1", "HEAD"), "acknowledged[0].commit: 'HEAD' does not match"),
        (ACKNOWLEDGED + 'until = "soon"\n', "acknowledged[0].until: 'soon' is not a 'date'"),
        (ACKNOWLEDGED + "until = 7\n", "acknowledged[0].until: 7 is not of type 'string'"),
        (NOTE + 'why = "w"\n', "note[0]: Additional properties"),
        ("[acknowledge]\n", "'acknowledge' was unexpected"),
        ("[[note]\n", "notes.toml: "),
    ],
)
def test_a_mistake_gets_one_line(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(Unusable) as caught:
        read(tmp_path, text)
    said = str(caught.value)
    assert fault in said
    assert said.startswith(str(tmp_path))
    assert "\n" not in said


def test_only_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    assert notes.read(tmp_path / "none.toml", asked=False) == Notes()
    with pytest.raises(Unusable, match="No such file"):
        notes.read(tmp_path / "none.toml", asked=True)


def test_an_acknowledgement_is_of_one_change() -> None:
    history = next(one for one in made.histories() if one.subject == made.PING_PONG)
    (change,) = history.changes
    name = made.PING_PONG.name
    assert Acknowledged(name, "1f1f1f1", "w").is_of(history, change)
    assert Acknowledged(name, "1f1f1f1", "w", machine="a2a2").is_of(history, change)
    assert not Acknowledged(name, "1f1f1f1", "w", machine="b1b1").is_of(history, change)
    assert not Acknowledged(name, "1e1e1e1", "w").is_of(history, change)  # the last of the old level
    assert not Acknowledged(made.SKYNET.name, "1f1f1f1", "w").is_of(history, change)


def test_an_acknowledgement_ends_after_its_last_day() -> None:
    entry = Acknowledged("s", "1f1f1f1", "w", until="2030-02-01")
    assert entry.holds("2030-02-01")
    assert not entry.holds("2030-02-02")
    assert Acknowledged("s", "1f1f1f1", "w").holds("2999-01-01")


def test_what_speaks_of_nothing_is_said() -> None:
    name = made.PING_PONG.name
    given = Notes(
        (
            Acknowledged(name, "1f1f1f1", "w"),
            Acknowledged("no/such:1 thing", "1f1f1f1", "w"),
            Acknowledged(name, "0505050", "w"),
            Acknowledged(name, "1f1f1f1", "w", until="2030-01-02"),
        ),
        (Note("1f1f1f1", "t"), Note("abcdef0", "t")),
    )
    runs = made.board().runs
    assert list(notes.warnings(given, runs, made.histories(), "2030-02-01")) == [
        "ci/notes.toml speaks of commit abcdef0, of which the store has no run.",
        "ci/notes.toml acknowledges no/such:1 thing, which is not watched.",
        f"ci/notes.toml acknowledges a change of {name} at 0505050; there is none.",
        f"ci/notes.toml acknowledged {name} at 1f1f1f1 until 2030-01-02; that is over.",
    ]
