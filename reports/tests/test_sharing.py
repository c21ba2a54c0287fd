"""summary.md and headline.png: what leaves the project must be true of the run, short, and of the right form."""

import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from analysis.tests.synthetic import empty_summary, kept_summary, summary_of
from plots import units
from plots.style import look
from reports import headline, markdown
from reports.claims import judge_all

Summary = dict[str, Any]


@pytest.fixture(scope="module")
def summary() -> Summary:
    return kept_summary()


@pytest.fixture(scope="module")
def claims(summary: Summary) -> dict[str, Any]:
    return judge_all(summary)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def texts(summary: Summary, claims: dict[str, Any]) -> list[str]:
    figure = headline.draw(summary, claims)
    return [text.get_text() for text in (*figure.texts, *(t for axes in figure.axes for t in axes.get_yticklabels()))]


def test_the_title_counts_what_the_run_and_its_claims_say(summary: Summary, claims: dict[str, Any]) -> None:
    mine = [e for e in summary["ratios"] if (e["model"], e["baseline"]) == ("mn", "go") and e["ratio"] is not None]
    mine = [entry for entry in mine if headline.is_shown(entry)]
    better, worse = (sum(entry["verdict"] == verdict for entry in mine) for verdict in ("better", "worse"))
    verdicts = [claim["verdict"] for claim in claims["claims"]]
    assert headline.glance(summary, claims).title == (
        f"mn against Go: better in {better} of {len(mine)} comparisons, worse in {worse}; "
        f"{verdicts.count('supported')} of {len(verdicts)} claims are supported, {verdicts.count('refuted')} refuted"
    )
    assert 0 < better < len(mine)


def test_each_workload_has_one_line_where_the_most_models_ran(summary: Summary, claims: dict[str, Any]) -> None:
    lines = headline.glance(summary, claims).lines
    assert len({line.row.workload for line in lines}) == len(lines) > 5
    for line in lines:
        ran: dict[Any, set[str]] = {}
        for cell in filter(headline.is_shown, summary["cells"]):
            if (cell["workload"], cell["metric"]) == (line.row.workload, line.row.metric):
                ran.setdefault(headline.place_of(cell), set()).add(cell["model"])
        most = max(map(len, ran.values()))
        assert len(ran[line.row, line.cores]) == most
        assert (line.row.params, line.cores) == max(
            (p[0].params, p[1]) for p, models in ran.items() if len(models) == most
        )


def test_a_place_that_only_some_models_were_run_at_stands_for_nothing(claims: dict[str, Any]) -> None:
    summary = kept_summary()
    for part in ("cells", "ratios"):
        summary[part] = [
            entry for entry in summary[part]
            if entry["model"] in ("mn", "go") or (entry["workload"], entry["params"].get("n")) != ("parked", 10_000)
        ]  # fmt: skip
    (line,) = [line for line in headline.glance(summary, claims).lines if line.row.workload == "parked"]
    assert line.row.params == (("n", 1000),)
    assert len(line.ratios) > 1


def test_the_markdown_is_short_and_its_table_whole(summary: Summary, claims: dict[str, Any]) -> None:
    text = markdown.render(summary, claims)
    lines = text.splitlines()
    assert len(lines) < 60
    assert lines[0].startswith("## mn against Go: better in ")
    rows = [cells(line) for line in lines if line.startswith("|")]
    seen = headline.glance(summary, claims).lines
    assert rows[0] == ["workload", *(look(model).label for model in headline.models_in(seen))]
    assert rows[1] == ["---", *["---:"] * (len(rows[0]) - 1)]
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows) == len(seen) + 2
    for row, line in zip(rows[2:], seen, strict=True):
        assert row[0].startswith(f"`{line.row.workload}` ")
        entry = line.ratios["mn"]
        mine = row[rows[0].index("mn")]
        assert (
            mine
            == f"{markdown.SIGNS[entry['verdict']]} {units.factor(entry['ratio'])} ({units.factors(entry['ci95'])})"
        )


def test_the_markdown_says_verdicts_trust_and_how_to_repeat(summary: Summary, claims: dict[str, Any]) -> None:
    command = ["threadmark", "run", "--model", "mn,go", "--name", "two words"]
    code = {"commit": "abc", "dirty": True, "command": command}
    text = markdown.render({**summary, "environment": {**summary["environment"], **code}}, claims)
    for words in (
        "- Supported, ", "- Refuted, ", "A/A noise floor", "Made-up CPU, 2 of 2 cores", "commit abc with changes",
        "The code had changes that are in no commit.", "git checkout abc\n",
        "\nbuild/release/bin/threadmark run --model mn,go --name 'two words'\nmake report\n```\n",
    ):  # fmt: skip
        assert words in text
    assert text.count("```") == 2


def test_how_a_model_failed_stands_in_place_of_its_ratio(claims: dict[str, Any], tmp_path: Path) -> None:
    def fail(trial: dict[str, Any]) -> None:
        if trial["model"] == "tbb":
            trial.update(outcome="wrong_answer", reason="sum", metrics={})

    summary = summary_of(tmp_path, blocks=2, workloads=("ping_pong",), change=fail)
    assert cells(next(line for line in markdown.render(summary, claims).splitlines() if "`ping_pong`" in line))[-1] == (
        "wrong answer"
    )
    crosses = [line for line in headline.draw(summary, claims).axes[0].lines if line.get_marker() == "x"]
    assert [line.get_color() for line in crosses] == [look("tbb").colour]


def test_markup_and_bars_are_text(summary: Summary, claims: dict[str, Any]) -> None:
    machine = {**summary["environment"]["machine"], "cpu": "a | b <c> *d*"}
    text = markdown.render({**summary, "environment": {**summary["environment"], "machine": machine}}, claims)
    assert "a \\| b &lt;c> \\*d\\*" in text


def test_a_run_without_go_is_measured_by_os_threads(claims: dict[str, Any], tmp_path: Path) -> None:
    summary = summary_of(tmp_path, blocks=3, workloads=("ping_pong",), models=("mn", "os_threads"))
    assert headline.glance(summary, claims).title.startswith("mn against OS threads: better in 2 of 2 comparisons")


def test_with_nothing_to_compare_that_is_what_is_said() -> None:
    summary = empty_summary()
    claims = judge_all(summary)
    text = markdown.render(summary, claims)
    assert text.startswith("## No two models can be compared in this run; ")
    assert "\n|" not in text
    assert "no data: no block in which two models both ended ok" in texts(summary, claims)


def test_the_picture_shows_the_line_and_has_the_size_that_previews_take(
    summary: Summary, claims: dict[str, Any], tmp_path: Path
) -> None:
    once, again = tmp_path / "once.png", tmp_path / "again.png"
    for path in (once, again):
        headline.write(summary, claims, path)
    assert once.read_bytes() == again.read_bytes()
    with Image.open(once) as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 630))
    seen = headline.glance(summary, claims)
    drawn = headline.draw(summary, claims)
    dots = [line for line in drawn.axes[0].lines if line.get_color() == look("mn").colour and line.get_marker() == "o"]
    assert [float(line.get_xdata()[0]) for line in dots] == [line.ratios["mn"]["ratio"] for line in seen.lines]
    assert seen.title.replace("; ", "\n") in "\n".join(texts(summary, claims)).replace("\n ", "\n")
    shown = texts(summary, claims)
    for verdict, count in seen.verdicts.items():
        assert f"{headline.GLYPHS[verdict][0]} {headline.VERDICTS[verdict].lower()}" in shown
        assert str(count) in shown
    assert any("Made-up CPU" in text and "2030-01-01" in text for text in shown)
