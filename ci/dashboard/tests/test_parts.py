"""Counts, machines, notes, self-test."""

from pathlib import Path
from typing import Any

from analysis.trust.counts import share
from ci.dashboard.given import selftest
from ci.dashboard.given.notes import read
from ci.dashboard.parts import counts, machines, notes
from ci.dashboard.tests import made
from reports.parts.blocks import Code, Grid, Heading, Terms, Text


def test_counts_have_their_newest_value_and_latest_change() -> None:
    board = made.board()
    rows = counts.table_of(board, counts.chains_of(board)).rows
    assert [row[1:] for row in rows] == [
        ("▽ acknowledged", "2,970 B", "2,970 B", "0.909×", "1f1f1f1f1f"),
        ("= unchanged", "1,234 instructions", "1,234 instructions", "–", "–"),
    ]
    (only,) = counts.blocks(made.empty_board(), {})
    assert only.text == counts.NONE


def test_machines_stand_side_by_side_by_ratios_alone() -> None:
    board = made.board()
    table = machines.side_by_side(board)
    assert table.columns == ("history", "yardstick", "b1b1b1b1", "a2a2a2a2")
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["ping_pong, capacity 0, ns per round trip, 1 core"][0] == "Go"
    assert all("×" in cell for cell in rows["ping_pong, capacity 0, ns per round trip, 1 core"][1:])
    assert rows["spawn_join, 1 core"] == ("Go", "–", "missing")
    assert not any("parked" in label or "instructions" in label for label in rows)
    assert not any(unit in cell for cells in rows.values() for cell in cells for unit in ("ns", "µs", "ms"))


def test_one_machine_is_not_set_beside_itself() -> None:
    runs = made.RUNS_OF[made.NEW.name]
    board = made.board([one for one in made.histories() if one.machine == made.NEW], runs=runs)
    blocks = machines.blocks(board)
    assert machines.ONE in [block.text for block in blocks if isinstance(block, Text)]
    (terms,) = [block for block in blocks if isinstance(block, Terms)]
    ((name, said),) = terms.pairs
    assert name == "a2a2a2a2"
    assert said.startswith("made-up processor, 2 of 2 cores, Linux 2.0, none 1; 25 runs, the newest made-040-a2 of 28")
    (only,) = machines.blocks(made.empty_board())
    assert only.text == machines.NONE


def test_where_a_machine_was_renewed_is_listed() -> None:
    (table,) = [block.table for block in machines.changes(made.board()) if isinstance(block, Grid)]
    assert table.rows == (("2030-01-17", "0f0f0f0f0f", "1010101010", "a2a2a2a2", "kernel Linux 1.0 → Linux 2.0"),)


def test_the_notes_are_listed_and_the_next_entry_is_written_out() -> None:
    board = made.board()
    blocks = notes.blocks(board)
    assert len([block for block in blocks if isinstance(block, Grid)]) == 2
    (code,) = [block for block in blocks if isinstance(block, Code)]
    assert code.text.splitlines() == [
        "[[acknowledged]]", f'subject = "{made.PING_PONG.name}"', 'machine = "a2a2a2a2"', f'commit = "{"1f" * 20}"',
        'why = "…"',
    ]  # fmt: skip
    assert not any(isinstance(block, Code) for block in notes.blocks(made.empty_board()))


def test_the_entry_that_is_written_out_settles_its_change(tmp_path: Path) -> None:
    (code,) = [block for block in notes.blocks(made.board()) if isinstance(block, Code)]
    path = tmp_path / "notes.toml"
    path.write_text(code.text, encoding="utf-8")
    board = made.board(notes=read(path, asked=True))
    assert made.PING_PONG in [chain.subject for chain in board.settled]


def document(**changed: Any) -> dict[str, Any]:
    """What python -m ci.selftest might write."""
    some = share(97, 100)
    part = {
        "profile": "p", "blocks": 5, "histories": 8, "visible": some, "drifts": some, "precision": some,
        "false_looks": share(1, 50), "missing": share(2, 2),
        "steps": [{"percent": 10, "all": some, "visible": some, "worse": some,
                   "delay": {"found": 97, "median": 5.0, "p90": 9.0}}],
        "scatter": [{"above": 0.0, "at_most": 0.02, "histories": 3, "found": some}],
        "counts": [{"percent": 2, "exact": some, "all": some}],
    }  # fmt: skip
    return {
        "schema": 1, "seed": 1, "commits": 200, "histories": 8, "tolerance": 2, "visible": 1.1,
        "bounds": {"percent": 10, "recall": 0.95, "precision": 0.9}, "parts": [part], "recall": some,
        "recall_of_all": share(60, 100), "precision": some, "machine_changes": 1, "missed": [], **changed,
    }  # fmt: skip


def test_the_self_test_is_shown_in_words_and_in_full() -> None:
    (sentence,) = selftest.sentences(document())
    assert "of those by 10 % that could be seen 97 % of 100 (91.5 % to 99.4 %) were found" in sentence
    assert "of all of that size, also where a history is too noisy, 60 % of 100 (" in sentence
    blocks = selftest.blocks(document())
    assert isinstance(blocks[0], Heading)
    assert [len(block.table.rows) for block in blocks if isinstance(block, Grid)] == [1, 1, 1, 5]
    assert selftest.blocks(None) == []


def test_a_bound_that_is_missed_is_said() -> None:
    *_, sentence = selftest.sentences(document(missed=["80 % are found, not 95 %"]))
    assert sentence == "A bound fixed beforehand is missed: 80 % are found, not 95 %."
