"""The pages: whole, offline, true to what was found, and several of them where one would be too large."""

import csv
import re

import pytest

from ci.dashboard import page
from ci.dashboard.board import figure_id
from ci.dashboard.page import site
from ci.dashboard.tests import made
from ci.dashboard.tests.test_parts import document
from reports.tests.test_page import Page, without_scripts

PARTS = ["changes", "histories", "counts", "alarms", "machines", "notes"]


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return site(made.board(warnings=["Something does not fit."], selftest=document()))


@pytest.fixture(scope="module")
def text(files: dict[str, str]) -> str:
    return files["index.html"]


def test_one_page_and_the_values_beside_it(files: dict[str, str], text: str) -> None:
    assert list(files) == ["index.html", "histories.csv"]
    found = Page(text)
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))
    for reference in found.references:
        if not reference.startswith("data:text/csv;"):
            assert reference == "histories.csv" or reference[1:] in found.ids, reference
    assert not re.search(r"https?:|//[a-z]|@import|<link|<iframe|<img| src=", without_scripts(text))


def test_the_sections_stand_in_the_order_of_the_questions(text: str) -> None:
    assert re.findall(r'<section id="(\w+)" aria-labelledby="\w+-h">\n<h2', text) == PARTS
    contents = text[text.index("<nav") : text.index("</nav>")]
    assert re.findall(r'href="#(\w+)"', contents) == ["answers", *PARTS]


def test_the_first_screen_has_it_all(text: str) -> None:
    head = Page(text[text.index("<header") : text.index("</header>") + 9]).text
    for said in ("✖ 1 missing", "▼ 2 regressed", "? 1 cannot tell", "▲ 1 improved", "= 2 unchanged",
                 "Note: Something does not fit.", "1 history besides", "Find out why", "Look at the 2 histories",
                 "A/A pairs", "simulated histories", "Newest run made-040-b1"):  # fmt: skip
        assert said in head, said


def test_every_history_has_a_figure_with_a_chart_and_a_table(text: str) -> None:
    figures = re.findall(r'<figure id="figure-([^"]+)".*?</figure>', text, re.DOTALL)
    assert len(figures) == len(made.board().chains) + 1
    for figure in re.findall(r"<figure .*?</figure>", text, re.DOTALL):
        assert "<svg" in figure
        assert 'class="chart"' in figure
        assert '<table class="data">' in figure


def test_those_to_look_at_stand_first_and_in_the_open(text: str) -> None:
    part = text[text.index('<section id="histories"') : text.index('<section id="counts"')]
    opened, folded = part.split('<h3 id="times_by_workload">')
    first = [figure_id(chain) for chain in made.board().chains if chain.changed and chain.subject.yardstick]
    assert re.findall(r'<figure id="figure-([^"]+)"', opened) == first
    assert re.findall(r"<details><summary>(\w+: [^<]+)</summary>", folded) == [
        "select_fan_in: 1 cannot tell", "ping_pong: 1 unchanged",
    ]  # fmt: skip


def test_a_name_in_a_table_leads_to_its_figure(text: str) -> None:
    chain = made.board().chains[1]
    assert f'<a href="#figure-{figure_id(chain)}">{made.board().title(chain)}</a>' in text


def test_a_site_that_would_be_too_large_has_a_page_for_each_workload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "LIMIT_BYTES", 1_000_000)
    monkeypatch.setattr(page, "FIRST", 2)
    files = site(made.board())
    pages = {name: Page(text) for name, text in files.items() if name.endswith(".html")}
    assert next(iter(pages)) == "index.html"
    assert set(pages) == {"index.html", *(f"histories/{name}.html" for name in ("ping_pong", "parked", "skynet",
                                                                              "select_fan_in"))}  # fmt: skip
    figures = [id_ for found in pages.values() for id_ in found.ids if id_.startswith("figure-") and "_" in id_]
    wanted = [f"figure-{figure_id(chain)}" for chain in made.board().chains]
    assert sorted(id_ for id_ in figures if id_ in wanted) == sorted(wanted)
    for name, found in pages.items():
        for reference in found.references:
            target, _, part = reference.partition("#")
            if target in ("histories.csv",) or reference.startswith("data:"):
                continue
            where = {"": name, "../index.html": "index.html"}.get(target, target)
            assert where in pages, reference
            assert not part or part in pages[where].ids, reference


def test_a_page_without_charts_has_no_library() -> None:
    assert len(site(made.empty_board())["index.html"]) < 60_000
    assert len(site(made.board())["index.html"]) > 500_000


def test_an_empty_store_says_what_is_missing() -> None:
    found = Page(site(made.empty_board())["index.html"])
    assert "has no run of the profile quick" in found.text
    assert "There is no history yet." in found.text
    assert "No change has been found." in found.text
    assert "no run has an A/A pair" in found.text
    assert "The store has no machine yet." in found.text


def test_the_values_can_be_taken_away_with_all_digits(files: dict[str, str]) -> None:
    rows = list(csv.DictReader(files["histories.csv"].splitlines()))
    points = [(history, point) for history in made.histories() for point in history.points]
    assert len(rows) == len(points)
    found = {(row["subject"], row["run"]): row for row in rows}
    for history, point in points:
        row = found[history.subject.name, point.run.name]
        assert row["value"] == ("" if point.value is None else repr(float(point.value)))
        assert row["machine"] == history.machine.fingerprint
        assert row["reason"] == (point.reason or "")


def test_the_same_store_gives_the_same_pages(files: dict[str, str]) -> None:
    assert site(made.board(warnings=["Something does not fit."], selftest=document())) == files
