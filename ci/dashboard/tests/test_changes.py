"""The list of changes: by commit range, the open ones first, each with the command that repeats it."""

from dataclasses import replace

from ci.dashboard.given.notes import Notes
from ci.dashboard.parts import changes
from ci.dashboard.tests import made
from reports.parts.blocks import Block, Code, Fold, Grid, Heading, Points


def of_kind(blocks: list[Block], kind: type) -> list[Block]:
    return [block for block in blocks if isinstance(block, kind)]


def test_what_changed_between_the_same_runs_stands_together() -> None:
    steps = changes.steps_of(made.board())
    assert [changes.headline(step) for step in steps] == [
        "3 histories, 3 worse, between 1e1e1e1e1e and 1f1f1f1f1f, 2030-02-04, on a2a2a2a2",
        "1 history, 1 better, between 1b1b1b1b1b and 1c1c1c1c1c, 2030-02-01, on a2a2a2a2",
        "1 history, 1 better, between 1919191919 and 1a1a1a1a1a, 2030-01-27, on a2a2a2a2",
    ]
    assert [step.is_open for step in steps] == [True, False, False]


def test_the_open_ones_stand_in_the_open_with_all_that_belongs_to_them() -> None:
    board = made.board(commits_url="https://example.org/commit/")
    blocks = changes.blocks(board)
    (heading,) = of_kind(blocks, Heading)
    assert heading.text.startswith("3 histories, 3 worse, between")
    (grid,) = of_kind(blocks, Grid)
    assert [row[1:] for row in grid.table.rows] == [
        ("0.86×", "▼ open", "0.834× – 0.877×", "0.0004"),
        ("0.9×", "▼ open, little by little", "0.873× – 0.918×", "0.0004"),
        ("0.909×", "▽ acknowledged by the maintainers: a guard page for every stack", "–", "exact"),
    ]
    (points,) = of_kind(blocks, Points)
    assert f'<a href="https://example.org/commit/{"1f" * 20}">1f1f1f1f1f</a> (after)' in points.texts[0]
    assert points.texts[1] == f"Note on {'1f' * 20}: The scheduler’s queue is another one."
    (code,) = of_kind(blocks, Code)
    assert code.text.splitlines() == [
        "make gate BASE=1e1e1e1e1e HEAD=1f1f1f1f1f CLOCKS=gate",
        "python -m ci.history export made-030-a2 made-031-a2",
    ]
    (fold,) = of_kind(blocks, Fold)
    assert fold.summary == "2 more changes, none of them open"
    (others,) = fold.blocks
    assert [row[0] for row in others.table.rows] == ["1b1b1b1b1b … 1c1c1c1c1c", "1919191919 … 1a1a1a1a1a"]
    assert others.table.rows[0][-1] == "make gate BASE=1b1b1b1b1b HEAD=1c1c1c1c1c CLOCKS=gate"


def test_where_much_is_open_the_newest_stand_in_the_open() -> None:
    found = made.points(made.RUNS_OF[made.NEW.name], 2.0)
    falling = [made.change(found, place, 0.9) for place in range(2, 20, 2)]
    blocks = changes.blocks(made.board([made.history(made.PING_PONG, found, "regressed", falling)]))
    headings, (fold,) = of_kind(blocks, Heading), of_kind(blocks, Fold)
    assert (len(headings), len(fold.blocks)) == (changes.MOST_OPEN, len(falling) - changes.MOST_OPEN)
    assert fold.summary == "4 older places with an open change"
    assert "between 2121212121 and 2222222222" in headings[0].text


def test_without_a_url_a_commit_is_no_link() -> None:
    (points,) = of_kind(changes.blocks(made.board(notes=Notes())), Points)
    assert points.texts == ["Commits: 1e1e1e1e1e (before) and 1f1f1f1f1f (after)."]


def test_the_clock_is_asked_only_about_times() -> None:
    counts = made.board([one for one in made.histories() if one.subject == made.PARKED], notes=Notes())
    (code,) = of_kind(changes.blocks(counts), Code)
    assert code.text.splitlines()[0] == "make gate BASE=1e1e1e1e1e HEAD=1f1f1f1f1f"


def test_runs_of_one_commit_or_of_none_cannot_be_built_again() -> None:
    before, after = made.run(1), made.run(2)
    shown = "python -m ci.history export made-001-a2 made-002-a2"
    assert changes.commands(before, after, of_times=False)[1] == shown
    for commits in ((None, "ab" * 20), ("ab" * 20, None), ("ab" * 20, "ab" * 20)):
        pair = (replace(run, commit=commit) for run, commit in zip((before, after), commits, strict=True))
        assert changes.commands(*pair, of_times=False) == [shown]


def test_where_nothing_is_open_that_is_said() -> None:
    improved = made.board([one for one in made.histories() if one.status == "improved"])
    assert "None is open." in [getattr(block, "text", "") for block in changes.blocks(improved)]
    (only,) = changes.blocks(made.empty_board())
    assert only.text == changes.NONE


def test_no_change_that_was_found_is_not_no_change() -> None:
    blind = made.board([one for one in made.histories() if one.status == "cannot_tell"])
    (only,) = changes.blocks(blind)
    assert only.text == f"{changes.NONE} Of 1 history it cannot be told whether there was one."
