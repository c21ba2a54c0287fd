"""Two runs side by side: the command, and the page it writes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from analysis.__main__ import main as analyse
from analysis.contracts import faults
from analysis.run import read_summary
from analysis.tests.synthetic import write_run
from analysis.two_runs import compare_runs
from plots.figures import shift
from plots.files import svg_text
from reports.compare.__main__ import main
from reports.compare.page import render
from reports.compare.sentences import answer, by_model, trust
from reports.tests.test_page import Page, without_scripts

Compared = dict[str, Any]


def a_run(folder: Path, name: str, *, blocks: int = 5, effect: float = 1.0, seed: int = 1, **options: Any) -> Path:
    """A run with that name and its summary."""
    path = write_run(
        folder / name, blocks=blocks, seed=seed, effects={"mn": effect, "mn.again": effect},
        change=lambda trial: trial.update(run=name), **{"workloads": ("ping_pong", "worker_pool"), **options},
    )  # fmt: skip
    environment = json.loads((path / "environment.json").read_text(encoding="utf-8"))
    (path / "environment.json").write_text(json.dumps(environment | {"run": name}), encoding="utf-8")
    assert analyse([str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cwd") / "out"
    a_run(folder, "first")
    a_run(folder, "slow", seed=2, effect=1.8)
    a_run(folder, "three", blocks=3, seed=3)
    a_run(folder, "bytes", workloads=("spawned",), blocks=2)
    (folder / "latest").symlink_to("slow")
    return folder


@pytest.fixture(scope="module")
def compared(out: Path) -> Compared:
    return compare_runs(read_summary(out / "first"), read_summary(out / "slow"))


@pytest.fixture(scope="module")
def raw(compared: Compared) -> str:
    return render(compared)


def test_runs_are_found_by_name_and_by_path_and_the_pages_path_is_said(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(out.parent)
    assert main(["first", "latest"]) == 0
    folder = out / "compare" / "first-slow"
    assert capsys.readouterr().out == "out/compare/first-slow/compare.html\n"
    assert main([str(out / "first"), "slow", f"--out={tmp_path / 'there'}"]) == 0
    for name in ("compare.json", "compare.html"):
        assert (folder / name).read_bytes() == (tmp_path / "there" / name).read_bytes()
    assert list(faults("compare", json.loads((folder / "compare.json").read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["first", "nowhere"], "nowhere: no such run; the last in out/: bytes, first, latest, slow, three"),
        (["first", "first"], "first is one run; two are compared"),
        (["slow", "latest"], "slow is one run; two are compared"),
        (["first", "bytes"], "no cell in common"),
        (["first", "old"], "old/summary.json: not a summary of schema 1"),
        (["first", "bare"], "bare/summary.json: no such file; python -m analysis"),
    ],
)
def test_bad_input_gets_one_line(
    names: list[str], words: str, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("old", "bare"):
        (out / name).mkdir(exist_ok=True)
    (out / "old" / "summary.json").write_text('{"schema": 2}', encoding="utf-8")
    monkeypatch.chdir(out.parent)
    assert main(names) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert (said.err.count("\n"), said.out) == (1, "")


@pytest.mark.parametrize("arguments", [[], ["first"], ["a", "b", "c"], ["a", "b", "--same-machine"]])
def test_a_wrong_command_line_gets_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_page_is_whole_and_asks_nothing_of_the_network(raw: str) -> None:
    page = Page(raw)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    for reference in page.references:
        if not reference.startswith("data:"):  # which is in the page itself
            assert reference.startswith("#"), reference
            assert reference[1:] in page.ids
    assert not re.search(r"https?:|//[a-z]|@import|<link|<iframe|<img| src=", without_scripts(raw))
    assert "prefers-color-scheme: dark" in raw


def test_what_differs_comes_first_then_the_answer_then_everything(raw: str, compared: Compared) -> None:
    places = [raw.index(f'<section id="{part}"') for part in ("differs", "answer", "changed", "everything", "method")]
    assert places == sorted(places)
    page = Page(raw)
    for words in (*compared["warnings"], answer(compared), *by_model(compared), *trust(compared)):
        assert words in page.text
    everything = raw[raw.index("<summary>Every comparison") : raw.index("own times (")]
    assert everything.count("<tr>") == len(compared["comparisons"]) + 1


def test_the_answer_counts_what_was_found(compared: Compared) -> None:
    found = [entry["verdict"] for entry in compared["comparisons"]]
    worse = found.count("worse")
    assert worse
    assert f"Of {len(found)} comparisons, B is better than A in 0 and worse in {worse};" in answer(compared)
    assert any(sentence.startswith(f"mn is worse in {worse}: ") for sentence in by_model(compared))
    assert any("0 of 12 comparisons are called different" in sentence for sentence in trust(compared)), trust(compared)
    assert shift.draw(compared).title == f"Of {len(found)} comparisons of B with A, worse: mn in {worse}"


def test_too_few_blocks_are_said_instead_of_an_answer(out: Path) -> None:
    few = compare_runs(*(read_summary(out / name) for name in ("three", "first")))
    assert few["smallest_p"] < 0.05  # 3 against 5 can
    few["smallest_p"], few["a"]["blocks"], few["b"]["blocks"] = 0.1, 3, 3
    assert answer(few).startswith(
        "It cannot be told whether anything changed: with 3 against 3 blocks no p can be below 0.1"
    )


def test_the_figure_has_every_shift_where_it_is(compared: Compared) -> None:
    drawing = shift.draw(compared)
    drawn = sorted(float(x) for axes in drawing.figure.axes for line in axes.lines if line.get_marker() in "os^Dv"
                   for x in line.get_xdata())  # fmt: skip
    assert drawn == pytest.approx(sorted(entry["times_better"] for entry in compared["comparisons"]))
    low, high = drawing.figure.axes[0].get_xlim()
    assert low < min(drawn) < max(drawn) < high
    assert len(drawing.table.rows) == len(drawn)
    assert drawing.chart is not None
    assert sorted(mark.x for mark in drawing.chart.marks) == pytest.approx(drawn)
    assert "no data" in svg_text(shift.draw({**compared, "comparisons": []}).figure, "shift")


def test_what_a_run_says_is_text_and_no_markup(out: Path, compared: Compared) -> None:
    only = {"in": "A", "workload": "<b>", "params": {"cores": 1}, "model": "mn", "metrics": ["m"]}
    ended = {
        "workload": "w",
        "params": {"cores": 1},
        "model": "mn",
        "outcomes": ["ok", "limit"],
        "reasons": [None, "<i>"],
    }
    text = render({**compared, "only": [only], "outcomes": [ended]})
    assert "<b>" not in text
    assert "<i>" not in text
    page = Page(text)
    for words in ("1 cell ended otherwise in B than in A", "B: <i>", "What only one of the runs has (1)"):
        assert words in page.text


def test_there_is_no_arithmetic_in_the_templates() -> None:
    for name in ("compare.html.j2", "macros.html.j2"):
        template = (Path(__file__).parent.parent / "templates" / name).read_text(encoding="utf-8")
        for expression in re.findall(r"\{[{%](.*?)[%}]\}", template, flags=re.DOTALL):
            without_text = re.sub(r'"[^"]*"', "", expression)
            assert not re.search(r"[-+*/]|\bround\b|\bsum\b", without_text), expression
