"""The page: whole, offline, and true to the summary."""

import json
import re
import zlib
from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from analysis.summary import summarise
from analysis.tests.synthetic import empty_summary, kept_summary, summary_of, trust_document, write_run
from plots import FIGURES, Drawing, draw_all
from plots.chart import Axis, Chart, Mark
from reports import tested
from reports.__main__ import main
from reports.claims import judge_all
from reports.explore import explore
from reports.page import render
from reports.parts import FIGURES as PARTS_OF

VOID = {"meta", "br", "hr", "img", "input", "link"}


BESIDE = ("summary.json", "trials.jsonl", "environment.json", "claims.json")  # files in the run's folder


class Page(HTMLParser):
    """What the tests need to know of a page. Its words are those that are read, without those of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "xlink:href"):
                self.references.append(value or "")
            self.references += [f"#{target}" for target in re.findall(r"url\(#([^)]+)\)", value or "")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["script"], ["style"]):
            self.words.append(data)


def page_of(summary: dict[str, Any]) -> str:
    return render(summary, judge_all(summary), draw_all(summary))


@pytest.fixture(scope="module")
def drawings() -> list[Drawing]:
    return draw_all(kept_summary())


@pytest.fixture(scope="module")
def text(drawings: list[Drawing]) -> str:
    return render(kept_summary(), judge_all(kept_summary()), drawings)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_every_element_is_closed_and_no_id_is_used_twice(page: Page) -> None:
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert len(page.ids) > 100  # those within the figures among them


def test_every_reference_stays_within_the_page_and_finds_its_target(text: str, page: Page) -> None:
    links = [reference for reference in page.references if reference not in BESIDE]
    assert len(links) == len(page.references) - len(BESIDE)
    for reference in links:
        assert reference.startswith(("#", "data:text/csv;")), reference
        assert not reference.startswith("#") or reference[1:] in page.ids, reference
    assert not re.search(r"https?:|//[a-z]|@import|<link|<iframe|<img| src=", without_scripts(text))


def test_the_browser_is_told_to_ask_nothing_of_the_network(text: str) -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src 'none';")
    assert "http" not in policy[1]
    assert "*" not in policy[1]


def test_the_parts_stand_in_the_order_of_the_questions(text: str, page: Page) -> None:
    """With a table of contents that names them all, and each can be linked to."""
    found = re.findall(r'<section id="(\w+)" aria-labelledby="\w+-h">\n<h2', text)
    assert found == ["claims", "choose", "speed", "growth", "memory", "latency", "servers", "cost", "broke", "trade",
                     "losses", "evidence"]  # fmt: skip
    contents = text[text.index("<nav") : text.index("</nav>")]
    assert re.findall(r'href="#(\w+)"', contents) == ["answers", *found]
    for name in found:
        assert f'<a class="anchor" href="#{name}" aria-label="Link to ' in text
    for name in ("bars", "trust", "environment", "conformance", "stress", "capabilities", "downloads"):
        assert name in page.ids
        assert f'<a class="anchor" href="#{name}"' in text


def test_every_figure_is_there_with_its_table_and_its_numbers(text: str, drawings: list[Drawing]) -> None:
    figures = dict(re.findall(r'<figure id="figure-(\w+)"[^>]*>(.*?)</figure>', text, flags=re.DOTALL))
    assert set(figures) == {drawing.name for drawing in drawings}
    for drawing in drawings:
        figure = figures[drawing.name]
        assert drawing.title in Page(figure).text
        assert figure.count("<svg viewBox") == 1
        assert figure.count("<tr>") == len(drawing.table.rows) + 1
        assert f'href="#figure-{drawing.name}"' in figure
        link = re.search(r'<a download="(threadmark-synthetic-\w+\.csv)" href="data:text/csv;charset=utf-8,', figure)
        assert link is not None
        assert link[1] == f"threadmark-synthetic-{drawing.name}.csv"


def test_a_figure_that_no_part_names_is_not_lost_and_one_that_is_not_there_is_left_out(drawings: list[Drawing]) -> None:
    summary = kept_summary()
    strange = replace(drawings[0], name="strange")
    text = render(summary, judge_all(summary), [strange, drawings[1]])
    assert re.findall(r'<figure id="figure-(\w+)">', text) == [drawings[1].name, "strange"]
    evidence = text[text.index('<section id="evidence"') :]
    assert 'id="figure-strange"' in evidence
    assert "This run has no figure of it." in text


def test_the_chart_comes_with_its_library_once_and_is_left_out_where_there_is_none(drawings: list[Drawing]) -> None:
    summary, claims = kept_summary(), judge_all(kept_summary())
    chart = Chart("point", Axis("time: left is better", "ns"), Axis("w", scale="ordinal"),
                  (Mark(1.0, "</script><b>", "mn"),), value="x")  # fmt: skip
    still = [replace(drawing, chart=None) for drawing in drawings[:2]]
    without = render(summary, claims, still)
    assert "vegaEmbed=" not in without
    assert 'class="chart"' not in without
    raw = render(summary, claims, [replace(drawing, chart=chart) for drawing in still])
    assert raw.count("window.vegaEmbed=") == 1
    packed = re.findall(r'<script type="application/octet-stream" class="chart">([^<]+)</script>', raw)
    assert [json.loads(zlib.decompress(b64decode(text))) for text in packed] == [explore(chart)] * 2
    assert "</script><b>" not in raw
    assert f'data-alternative="{still[0].title}. Time: left is better."' in raw
    assert len(raw) < 3_000_000


def without_scripts(text: str) -> str:
    return re.sub(r"<script\b[^>]*>.*?</script>", "", text, flags=re.DOTALL)


def test_figures_follow_light_and_dark(text: str) -> None:
    svg = "".join(re.findall(r"<svg viewBox.*?</svg>", text, flags=re.DOTALL))
    assert "var(--ink)" in svg
    assert "var(--paper)" in svg
    for colour in ("#1f2328", "#fffffe", "#6a737d", "#d8dce1"):
        assert colour not in svg
    assert "prefers-color-scheme: dark" in text


def test_claims_have_verdict_numbers_and_command(page: Page) -> None:
    for words in (
        "refuted", "supported", "a parked goroutine costs 2,7", "a parked OS thread holds 34,6", "95 % interval",
        "build/release/bin/threadmark claim C03",
    ):  # fmt: skip
        assert words in page.text


def test_every_cell_is_in_the_evidence_with_its_trials(text: str) -> None:
    summary = kept_summary()
    whole = without_scripts(text)
    evidence = whole[whole.index('<h3 id="cells"') :]
    assert evidence.count("<tr>") == len(summary["cells"]) + 1
    for cell in summary["cells"][::17]:
        assert ", ".join(map(str, cell["trials"])) in evidence


def test_bars_stand_with_both_sides(page: Page, text: str) -> None:
    assert "not slower than on 1 core" in page.text
    assert "bars: " in page.text
    section = text[text.index('<h3 id="bars"') : text.index('<section id="evidence"')]
    assert "not in this run" not in section  # what was not measured is counted only


def test_what_broke_and_what_was_left_out_is_told(tmp_path: Path) -> None:
    summary = summary_of(tmp_path, blocks=3, workloads=("skynet",))
    for cell in summary["cells"]:
        if cell["model"] == "tbb" and cell["workload"] == "skynet":
            cell.update(outcome="crash", outcomes={"crash": 3}, reason="SIGSEGV at <0x0> & gone")
    summary["input"]["rejected"] = [{"line": 17, "why": "not JSON <b>"}]
    summary["input"]["marked"] = [
        {"line": 3, "order": 333, "model": "mn", "workload": "skynet", "marks": ["stolen_time"], "replaced_by": 4}
    ]
    raw = page_of(summary)
    page = Page(raw)
    assert "SIGSEGV at <0x0> & gone" in page.text
    assert "<0x0>" not in raw
    assert "0 of 2 ok, 2 crash" in page.text
    assert "Line 17: not JSON <b>" in page.text
    assert "1 rejected" in page.text
    assert "1 trial is marked (stolen time), 1 of them replaced: 333" in page.text
    assert "1 line of trials.jsonl was left out; line 17: not JSON <b>." in page.text
    assert "this is made-up test data <not measured> & may not be quoted" in page.text


def test_labels_environment_and_noise_floor_are_there(page: Page) -> None:
    for words in ("native: mn::select", "composed: the library's own blocking", "Made-up CPU", "limit kernel.pid_max",
                  "32,768", "noise floor", "Wilcoxon's p cannot be below 0.25", "seed 1"):  # fmt: skip
        assert words in page.text


def test_the_noise_floors_of_what_is_compared_are_told_and_no_others(page: Page) -> None:
    assert "× for times (measured)" in page.text
    assert "× for requests_per_s (measured)" in page.text
    assert "at90_p99_us" not in page.text


def test_the_rules_that_each_model_keeps_breaks_and_skips(tmp_path: Path) -> None:
    def result(model: str, rule: str, outcome: str, reason: str | None = None) -> dict[str, Any]:
        return {"suite": "select_rules", "rule": rule, "model": model, "variant": None, "cores": 1, "outcome": outcome,
                "reason": reason}  # fmt: skip

    write_run(tmp_path, blocks=1, workloads=("ping_pong",))
    without = Page(page_of(summarise(tmp_path)))
    assert "The rules were not tried along with this run" in without.text
    results = [result("mn", "a_rule", "passed"), result("tbb", "a_rule", "failed"), result("mn", "b_rule", "passed"),
               result("tbb", "b_rule", "skipped", "it has <none>")]  # fmt: skip
    conformance = {"schema": 1, "results": results, "missing": ["go on 1: select_rules.a_rule was not run"]}
    (tmp_path / "conformance.json").write_text(json.dumps(conformance), encoding="utf-8")
    page = Page(page_of(summarise(tmp_path)))
    for words in ("2 kept", "0 kept, 1 skipped, 1 broken", "oneTBB breaks select_rules.a_rule.",
                  "go on 1: select_rules.a_rule was not run.", "it has <none>"):  # fmt: skip
        assert words in page.text


def test_the_last_stress_test_stands_beside_the_run(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", blocks=1, workloads=("ping_pong",))
    assert "There is no stress test beside this run" in Page(page_of(summarise(folder))).text
    result = {"scenario": "close_races", "sentence": "S.", "seed": 1, "seconds": 2.0, "rounds": 1234, "end": "ok",
              "outcomes": [{"what": "sent and received", "grade": "acceptable", "count": 5678}], "resident_bytes": None,
              "detail": None}  # fmt: skip
    broken = {**result, "scenario": "soak", "end": "hang", "detail": "all asleep", "outcomes": []}
    stress = {"schema": 1, "started": "2030-01-01T00:00:00Z", "commit": "abc", "results": [result]}
    (tmp_path / "stress.json").write_text(json.dumps(stress), encoding="utf-8")
    page = Page(page_of(summarise(folder)))
    for words in ("In 1 scenario at 2030-01-01T00:00:00Z, commit abc: nothing forbidden happened.",
                  "close_races, 1,234 rounds in 2", "5,678"):  # fmt: skip
        assert words in page.text
    (tmp_path / "stress.json").write_text(json.dumps({**stress, "results": [result, broken]}), encoding="utf-8")
    page = Page(page_of(summarise(folder)))
    assert "forbidden things happened in soak" in page.text
    assert "hang: all asleep" in page.text


def test_what_the_analysis_finds_of_known_slowdowns_stands_beside_the_run(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", blocks=1, workloads=("ping_pong",))
    without = Page(page_of(summarise(folder))).text
    assert "was not tried on known slowdowns beside this run; make trust does that" in without
    assert "interval holds it" not in without
    (tmp_path / "trust.json").write_text(json.dumps(trust_document()), encoding="utf-8")
    page = Page(page_of(summarise(folder)))
    for words in ("Tried at 2030-01-01T00:00:00Z, commit abc, on 2,400 trials of one model and itself slowed.",
                  "in 92 % to 98 %, and at most 5 % of comparisons are called different where nothing is.",
                  "nothing", "20 %", "90 %", "1.2 %", "interval holds it", "with 5 blocks", "93.8 %"):  # fmt: skip
        assert words in page.text
    missed = trust_document(missed=["the intervals of <b> are too narrow", "and another"])
    (tmp_path / "trust.json").write_text(json.dumps(missed), encoding="utf-8")
    raw = page_of(summarise(folder))
    assert "these are missed: the intervals of <b> are too narrow; and another." in Page(raw).text
    assert "of <b> are" not in raw


def test_a_table_of_known_slowdowns_leaves_out_what_was_not_compared() -> None:
    table = tested.measured({"trust": trust_document()})
    assert [row[:3] for row in table.rows] == [("5", "nothing", "80"), ("5", "5 %", "80"), ("5", "20 %", "80")]
    assert table.rows[1][3:] == ("0 %", "25 %", "3.8 %", "71.2 %", "93.8 %")
    assert tested.coverages({"trust": None}).rows == ()


def test_an_empty_run_has_a_page_that_says_so() -> None:
    page = Page(page_of(empty_summary()))
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert page.text.count("no data:") == len(FIGURES) - len(PARTS_OF["servers"])  # which say it once for all
    assert page.text.count("No server was run here.") == 1
    assert "Note: No trial of this run can be used, so nothing here was measured." in page.text
    assert "? open" in page.text


def test_the_command_writes_page_and_claims(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from analysis.__main__ import main as analyse

    write_run(tmp_path, blocks=1, workloads=("ping_pong",))
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert analyse([str(tmp_path)]) == 0
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.endswith("index.html\n")
    assert (tmp_path / "index.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (tmp_path / "claims.json").is_file()


def test_numbers_are_sorted_as_numbers_and_what_is_not_there_has_none(text: str) -> None:
    rows = re.findall(r"<tr>.*?</tr>", text[text.index('<h3 id="cells"') :], flags=re.DOTALL)
    values = dict(re.findall(r'data-value="([^"]*)">([\d.,]+ (?:ns|µs|ms|s))<', "".join(rows)))
    assert len(values) > 50
    for value, shown in values.items():
        number, unit = shown.split()
        scale = {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}[unit]
        assert float(value) == pytest.approx(float(number.replace(",", "")) * scale, rel=1e-5)


def test_there_is_no_arithmetic_in_the_templates() -> None:
    for template in (Path(__file__).parent.parent / "templates").glob("*.j2"):
        for expression in re.findall(r"\{[{%](.*?)[%}]\}", template.read_text(encoding="utf-8"), flags=re.DOTALL):
            without_text = re.sub(r'"[^"]*"', "", expression)
            assert not re.search(r"[-+*/]|\bround\b|\bsum\b", without_text), expression


def test_scripts_are_small_and_no_element_has_a_handler() -> None:
    for script in (Path(__file__).parent.parent / "templates").glob("*.js"):
        assert script.read_text(encoding="utf-8").count("\n") < 150
    for template in (Path(__file__).parent.parent / "templates").glob("*.j2"):
        assert not re.search(r"\son[a-z]+=", template.read_text(encoding="utf-8"))
