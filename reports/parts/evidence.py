"""The evidence: what the numbers rest on, how far they can be trusted, and where the raw files are."""

from typing import Any

from markupsafe import Markup

from reports import tables, tested, trust
from reports.parts.blocks import Block, Heading, Points, Terms, Text, folded, grid

Summary = dict[str, Any]

# What lies in the run's folder beside the page.
FILES = {
    "summary.json": "what analysis makes of the run: every number of this page",
    "trials.jsonl": "one line a trial, as it was measured",
    "environment.json": "the machine, the versions, the settings",
    "claims.json": "the claims with their verdicts and evidence",
}
METHOD = (
    "Every trial is a process of its own. Trials are interleaved in blocks, each of which holds every cell once in "
    "random order, and models are compared within a block, so that drift of the machine falls out.",
    "A ratio is the median over the blocks of the paired ratios, with its 95 % interval; a verdict needs evidence "
    "against chance and against the noise floor, which one model shows against itself under a second name. p values "
    "are adjusted over all comparisons (Benjamini and Hochberg).",
    "analysis/README.md has the rules in full, and the constants are in summary.json under method.",
)
SLOWED = (
    "One model beside itself slowed by a known percentage: the share of each verdict, and how often the 95 % interval "
    "of the ratio holds the true one"
)
SIMULATED = (
    "Simulated runs with the noise of these machines; the peer differs in nothing but that it is three times as noisy"
)
COVERAGES = (
    "How often 95 % intervals of simulated runs hold the truth; the range of three values cannot do better than 75 %"
)


def blocks(summary: Summary) -> list[Block]:
    return [
        *capabilities(summary), *conformance(summary), *stress(summary), *how_far(summary),
        Heading("environment", "Environment"),
        *grid(tables.environment(summary), "Where and with what this run was made"),
        Heading("method", "Method"), Points(list(METHOD)), *workloads(summary), *every_cell(summary), *downloads(),
    ]  # fmt: skip


def capabilities(summary: Summary) -> list[Block]:
    return [
        Heading("capabilities", "Native or composed"),
        Text("Native: the library itself has it. Composed: built on the library's own blocking. Unsupported: cannot be "
             "expressed."),
        *grid(tables.capabilities(summary), "What each model has of its own, and what stands behind it"),
    ]  # fmt: skip


def conformance(summary: Summary) -> list[Block]:
    found, skipped = tables.conformance(summary), tables.skipped_rules(summary)
    if not found.rows:
        untried = Markup(
            "The rules were not tried along with this run; <code>make bench</code> does that, and "
            "<code>ci/conformance.sh RUN/conformance.json</code> later."
        )
        return [Heading("conformance", "One semantics"), Text(untried)]
    return [
        Heading("conformance", "One semantics"),
        Text("The same rules are tried on every model, on one core and on two. What a model cannot express it skips, "
             "and says why."),
        *grid(found, "How many rules each model keeps"),
        *(Text(f"{sentence}.") for sentence in tables.broken_rules(summary)),
        *folded("What is skipped, and why", grid(skipped, "Every rule that a model does not express in some "
                                                 "configuration")),
    ]  # fmt: skip


def stress(summary: Summary) -> list[Block]:
    return [
        Heading("stress", "Under stress"),
        Text("mn is driven to its edges, random programs are run by every model and by Go, and system calls are made "
             f"to fail beneath mn and the conductor. {tables.stress_in_short(summary)}"),
        *folded("Every outcome that could be told apart, and how often it came",
                grid(tables.stress(summary), "What came of each scenario")),
    ]  # fmt: skip


def how_far(summary: Summary) -> list[Block]:
    warnings, rejected = summary["environment"]["warnings"], summary["input"]["rejected"]
    return [
        Heading("trust", "How far to trust it"),
        Points(trust.sentences(summary)),
        Heading("tested", "Does it find what is there, and nothing else?"),
        Text(tested.in_short(summary)),
        *grid(tested.measured(summary), SLOWED),
        *folded("The same of simulated runs, and how often intervals hold the truth", [
            *grid(tested.simulated(summary), SIMULATED), *grid(tested.coverages(summary), COVERAGES),
        ]),
        *([Heading("warnings", "Warnings about the machine"), Points(warnings)] if warnings else []),
        *([Heading("rejected", "Lines of trials.jsonl that were left out"),
           Points([f"Line {line['line']}: {line['why']}" for line in rejected])] if rejected else []),
    ]  # fmt: skip


def workloads(summary: Summary) -> list[Block]:
    terms = [(one["name"], one["sentence"] or "Not in the catalogue.") for one in summary["workloads"]]
    return [Heading("workloads", "What the workloads do"), Terms(terms)] if terms else []


def every_cell(summary: Summary) -> list[Block]:
    cells = tables.cells(summary)
    if not cells.rows:
        return []
    return [
        Heading("cells", "Every cell"),
        Text("Each number below is the median of the trials named in its row: their values are in summary.json, their "
             "lines in trials.jsonl (by order), and each trial's own output in raw/."),
        *folded(f"All {len(cells.rows):,} cells", grid(
            cells, "Every cell, with its 95 % interval, its median absolute deviation (MAD), and the trials behind it",
        )),
    ]  # fmt: skip


def downloads() -> list[Block]:
    links = [Markup('<a href="{0}">{0}</a>: {1}').format(name, what) for name, what in FILES.items()]
    return [
        Heading("downloads", "Downloads"),
        Text("These files lie beside this page in the run's folder; the links work as long as the page stays there. "
             "The data of each figure is below it, as CSV."),
        Points(links),
    ]  # fmt: skip
